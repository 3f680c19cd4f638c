import { findGpu as findGpuWith } from "@blk/conformance";
import type { BackendProvider } from "@blk/core";
import { webgpu } from "../src/index.js";

/** WebGPU in a page, or Dawn in Node, on the machine's adapter or on a software one. */
export function findGpu(): Promise<GPU> {
  return findGpuWith(() => import(/* @vite-ignore */ "webgpu"));
}

/**
 * Something that compiles WGSL and need not run it: in Node an adapter without a device behind it,
 * which has all features.
 */
export async function findCompiler(): Promise<GPU> {
  if (globalThis.navigator?.gpu !== undefined) return globalThis.navigator.gpu;
  const { create } = await import(/* @vite-ignore */ "webgpu");
  return create(["backend=null"]);
}

/** The implementation under test. */
export const gpu: GPU = await findGpu();

/** The provider under test. */
export const provider: BackendProvider = webgpu({ gpu });
