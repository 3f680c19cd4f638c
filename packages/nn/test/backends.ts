import { js } from "@blk/backend-js";
import { wasm } from "@blk/backend-wasm";
import type { Backend, BackendProvider, DType } from "@blk/core";
import { provider as webgpu } from "./gpu.js";

/** The backends whose gradients are compared with those of f64, and in which element type. */
export const others: readonly (readonly [string, () => BackendProvider, DType])[] = [
  ["js", js, "f32"],
  ["wasm", () => wasm({ threads: 1 }), "f32"],
  ["wasm", () => wasm({ threads: 1 }), "f64"],
  ["webgpu", () => webgpu, "f32"],
];

/** Milliseconds for a test on them: a software adapter compiles a kernel for up to a tenth of a second. */
export const patience = 60_000;

/** Examples of a property there: a software adapter compiles kernels for each, others in no time. */
export function examplesOn(backend: Backend): { readonly numRuns: number; readonly seed: number } {
  return { numRuns: backend.capabilities.dtypes.includes("f64") ? 12 : 5, seed: 20261129 };
}
