/** The backends on which everything in this package is tested. */
import { js } from "@blk/backend-js";
import { wasm } from "@blk/backend-wasm";
import { type Backend, BlockMatrix, type DType } from "@blk/core";
import { afterAll, describe } from "vitest";
import type { HostMatrix } from "./matrices.js";

/** One backend and one of the element types that it computes in. */
export interface Ground {
  readonly backend: Backend;
  readonly dtype: "f32" | "f64";
}

const providers = [js(), wasm()];

/** Calls `tests` inside of a `describe` for each backend and each of these element types. */
export async function onEachBackend(
  tests: (ground: Ground) => void,
  dtypes: readonly Ground["dtype"][] = ["f64", "f32"],
): Promise<void> {
  for (const provider of providers) {
    const backend = await provider.create();
    for (const dtype of dtypes) {
      if (!backend.capabilities.dtypes.includes(dtype)) continue;
      describe(`${provider.name}, ${dtype}`, () => tests({ backend, dtype }));
    }
    afterAll(() => backend.dispose());
  }
}

/** `host` as a matrix of a backend. Its elements are rounded to `dtype`: see {@link rounded}. */
export function onBackend({ backend, dtype }: Ground, host: HostMatrix): BlockMatrix {
  const { rows, cols, data } = host;
  return BlockMatrix.fromArray(backend, dtype === "f64" ? data : Float32Array.from(data), {
    rows,
    cols,
    dtype,
  });
}

/** What a backend holds of `host`. */
export function rounded(host: HostMatrix, dtype: DType): HostMatrix {
  return dtype === "f64" ? host : { ...host, data: host.data.map(Math.fround) };
}

/** A backend's matrix on the host. */
export async function toHost(matrix: BlockMatrix, name = matrix.label): Promise<HostMatrix> {
  const { rows, cols } = matrix;
  return { name, rows, cols, data: Float64Array.from(await matrix.toArray()) };
}
