import { describeConformance } from "@blk/conformance";
import { afterAll, beforeAll, describe, it } from "vitest";
import { provider } from "./gpu.js";

describeConformance(provider, { describe, it, beforeAll, afterAll });
