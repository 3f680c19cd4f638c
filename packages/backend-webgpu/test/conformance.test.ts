import { describeConformance } from "@blk/conformance";
import { afterAll, beforeAll, describe, it, vi } from "vitest";
import { provider } from "./gpu.js";

// Properties compile kernels for each expression that they try, which is slow where there is no GPU.
vi.setConfig({ testTimeout: 60_000 });
describeConformance(provider, { describe, it, beforeAll, afterAll });
