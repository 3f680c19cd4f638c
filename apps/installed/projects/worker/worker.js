import { everything } from "../everything.js";

everything()
  .catch(({ message }) => ({ message }))
  .then((outcome) => postMessage(outcome));
