import { fit } from "@blk/nn/node";
import { everything } from "../everything.js";

console.log(JSON.stringify({ found: await everything(), fit: typeof fit }));
