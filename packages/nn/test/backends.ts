import { js } from "@blk/backend-js";
import { wasm } from "@blk/backend-wasm";
import type { BackendProvider, DType } from "@blk/core";

/** The backends whose gradients are compared with those of f64, and in which element type. */
export const others: readonly (readonly [string, () => BackendProvider, DType])[] = [
  ["js", js, "f32"],
  ["wasm", () => wasm({ threads: 1 }), "f32"],
  ["wasm", () => wasm({ threads: 1 }), "f64"],
];
