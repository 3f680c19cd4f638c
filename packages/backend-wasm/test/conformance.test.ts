import { describeConformance } from "@blk/conformance";
import { afterAll, beforeAll, describe, it } from "vitest";
import { wasm } from "../src/index.js";

describeConformance(wasm(), { describe, it, beforeAll, afterAll });
