import { BlockMatrix } from "../block-matrix.js";
import { transposeStorage } from "../storage.js";
import { commonBackend } from "./operands.js";

/** The transpose as a view: free. It shares the memory of `a` and lives no longer than it. */
export function transpose(a: BlockMatrix): BlockMatrix {
  commonBackend("transpose", [a]);
  return new BlockMatrix({
    backend: a.backend,
    dtype: a.dtype,
    rowPartition: a.colPartition,
    colPartition: a.rowPartition,
    storage: transposeStorage(a.storage("transpose")),
    label: "transpose",
    source: a,
  });
}
