import { findGpu as findGpuWith } from "@blk/conformance";
import type { BackendProvider } from "@blk/core";
import { webgpu } from "../src/index.js";

/** WebGPU in a page, or Dawn in Node, on the machine's adapter or on a software one. */
export function findGpu(): Promise<GPU> {
  return findGpuWith(() => import(/* @vite-ignore */ "webgpu"));
}

/** The implementation under test. */
export const gpu: GPU = await findGpu();

/** The provider under test. */
export const provider: BackendProvider = webgpu({ gpu });
