import { describeConformance } from "@blk/conformance";
import { afterAll, beforeAll, describe, it } from "vitest";
import { js } from "../src/index.js";

describeConformance(js(), { describe, it, beforeAll, afterAll });
