import core = require("@blk/core");

import { js } from "@blk/backend-js";

export const open = (): Promise<core.Backend> => core.openBackend([js()]);
