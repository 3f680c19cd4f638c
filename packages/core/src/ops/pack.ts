import { BlockMatrix } from "../block-matrix.js";
import { checkOptions } from "../check-arguments.js";
import { PackedMatrix } from "../packed-matrix.js";
import { transposeStorage } from "../storage.js";
import { commonBackend } from "./operands.js";

/** Options of {@link pack}. */
export interface PackOptions {
  /** Pack the transpose of `b`. */
  readonly transpose?: boolean;
}

/**
 * Lays `b` out once for the products that have it as their right factor: weights that do not
 * change, by which many matrices of few rows are multiplied. Only speed changes. Any shape, dense
 * or block-sparse, any element type.
 *
 * It is a snapshot: write to `b` afterwards, and products may or may not see it. `b` must stay
 * alive, for some products still read it where it lies. The copy takes about as much memory as `b`
 * (`byteLength`), and none on a backend that has no layout of its own.
 *
 * Throws `DISPOSED`, `ARGUMENT`, `OUT_OF_MEMORY`.
 *
 * ```ts
 * using weights = pack(w, { transpose: true });
 * using hidden = matmul(x, weights, { bias, activation: gelu });
 * ```
 */
export function pack(b: BlockMatrix, options: PackOptions = {}): PackedMatrix {
  const backend = commonBackend("pack", [b]);
  checkOptions("pack", options, "such as { transpose: true }");
  const { dtype, rowPartition, colPartition } = b;
  const storage = b.storage("pack");
  const cuts = options.transpose
    ? {
        rowPartition: colPartition,
        colPartition: rowPartition,
        storage: transposeStorage(storage),
      }
    : { rowPartition, colPartition, storage };
  const operand = new BlockMatrix({ backend, dtype, ...cuts, label: "pack", source: b });
  try {
    return new PackedMatrix(operand);
  } catch (error) {
    operand.dispose();
    throw error;
  }
}
