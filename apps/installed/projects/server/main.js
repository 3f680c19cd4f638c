import { everything } from "../everything.js";

const onServer = JSON.parse(document.querySelector("main").textContent);
everything().then((inPage) => {
  globalThis.outcome = { onServer, inPage };
});
