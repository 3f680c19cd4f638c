import { describeConformance } from "@blk/conformance";
import { afterAll, beforeAll, describe, it, vi } from "vitest";
import { provider } from "./gpu.js";

// Properties compile a kernel for each expression that they try.
vi.setConfig({ testTimeout: 60_000 });
describeConformance(provider, { describe, it, beforeAll, afterAll });
