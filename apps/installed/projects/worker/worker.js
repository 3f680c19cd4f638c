import { everything } from "../everything.js";

everything().then((outcome) => postMessage(outcome));
