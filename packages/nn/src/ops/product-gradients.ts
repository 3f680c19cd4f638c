import { PackedMatrix, type Partition } from "@blk/core";
import { claimGate } from "../gate.js";
import { isRecording } from "../recording.js";
import type { Want } from "../tape-node.js";
import { Variable } from "../variable.js";
import { addRows, gather } from "./gather.js";
import { type MatmulOptions, matmul } from "./matmul.js";
import { productInPieces } from "./product-in-pieces.js";
import { repartition } from "./repartition.js";
import { transpose } from "./transpose.js";
import { transposeParts } from "./transpose-parts.js";

/**
 * The gradients of the factors of C = α·A·B, of which `delta` is that of C: dA = α·δ·Bᵀ and
 * dB = α·Aᵀ·δ, and their transposes for factors that were transposed. That of a block-sparse factor
 * is computed at its blocks only.
 */
export function productGradients(
  delta: Variable,
  a: Variable,
  b: Variable | PackedMatrix,
  options: MatmulOptions,
  wants: readonly Want[],
): readonly (Variable | undefined)[] {
  const { transposeA = false, transposeB = false, alpha = 1, rows, inverseRows } = options;
  const ofA = (): Variable => {
    const right = b instanceof PackedMatrix ? b.operand : b;
    if (rows !== undefined && inverseRows !== undefined && !transposeA) {
      const parts = transposeParts(transposeB ? transpose(right) : right, rows.cols);
      const more = { alpha, rows: inverseRows, inverseRows: rows };
      return matmul(delta, parts, { ...more, ...gateOptions(a, wants[0]) });
    }
    if (rows !== undefined) {
      const ofRows = matmul(delta, right, { transposeB: !transposeB, alpha });
      const shape = transposeA ? { rows: a.cols, cols: a.rows } : a;
      const sums = addRows(a, shape, rows, ofRows);
      return transposeA ? transpose(sums) : sums;
    }
    const inner = transposeA ? a.rowPartition : a.colPartition;
    const fitting = b instanceof PackedMatrix ? right : cutAlike(a, b, inner, transposeB);
    const more = { alpha, ...sampled(a), ...gateOptions(a, wants[0]) };
    return transposeA
      ? matmul(fitting, delta, { transposeA: transposeB, transposeB: true, ...more })
      : matmul(delta, fitting, { transposeB: !transposeB, ...more });
  };
  const ofB = (right: Variable): Variable => {
    if (rows !== undefined && !transposeA && !transposeB && !isRecording()) {
      return new Variable(productInPieces(a.value, rows, delta.value, right.value, alpha));
    }
    const left = rows === undefined ? a : gather(a, rows, { transpose: transposeA });
    const isTransposed = rows === undefined && transposeA;
    const inner = transposeB ? right.colPartition : right.rowPartition;
    const fitting = cutAlike(right, left, inner, !isTransposed);
    const more = { alpha, ...sampled(right), ...gateOptions(right, wants[1]) };
    return transposeB
      ? matmul(delta, fitting, { transposeA: true, transposeB: isTransposed, ...more })
      : matmul(fitting, delta, { transposeA: !isTransposed, ...more });
  };
  const first = wants[0] ? ofA() : undefined;
  if (b instanceof PackedMatrix) return [first];
  return [first, wants[1] ? ofB(b) : undefined];
}

/** Only the blocks that the factor has. */
function sampled({ value: { pattern } }: Variable): MatmulOptions {
  return pattern === undefined ? {} : { pattern };
}

/** The other factor, cut along the summed dimension as a block-sparse one is. */
function cutAlike(
  sparse: Variable,
  other: Variable,
  inner: Partition,
  byColumns: boolean,
): Variable {
  if (!sparse.value.isSparse) return other;
  const own = byColumns ? other.colPartition : other.rowPartition;
  if (own.equals(inner)) return other;
  return repartition(other, byColumns ? { blockCols: inner } : { blockRows: inner });
}

/** Applies the gate of a dense factor whose whole gradient this is: it then needs no own pass. */
function gateOptions(factor: Variable, want: Want | undefined): MatmulOptions {
  const gate = claimGate(factor, want);
  if (gate === undefined) return {};
  return { operands: [gate.operand], epilogue: gate.apply };
}
