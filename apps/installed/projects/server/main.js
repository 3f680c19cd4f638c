import { everything } from "../everything.js";

const onServer = JSON.parse(document.querySelector("main").textContent || "null");
everything()
  .catch(({ message }) => ({ message }))
  .then((inPage) => {
    globalThis.outcome = { onServer, inPage };
  });
