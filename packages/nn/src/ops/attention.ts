import * as core from "@blk/core";
import { BlkError, BlockMatrix, BlockPattern, expr } from "@blk/core";
import { isRecording, noGrad } from "../recording.js";
import { record, shouldRecord } from "../tape.js";
import { operandOf, type Value, Variable } from "../variable.js";
import { columnsOfDiagonal, diagonalOfColumns } from "./diagonal-of-columns.js";
import { mul } from "./elementwise.js";
import { type MatmulOptions, matmul } from "./matmul.js";
import { sum } from "./reduce.js";
import { repartition } from "./repartition.js";
import { softmax } from "./softmax.js";

/** Options of {@link attention}. */
export interface AttentionOptions {
  /** Whether a row of a sequence sees itself and those before it only. Default: false. */
  readonly causal?: boolean;
  /** Factor of the scores. Default: 1/√(columns of a head). */
  readonly scale?: number;
}

/**
 * softmax(scale·Q·Kᵀ)·V of each sequence and head on its own (Vaswani et al. 2017). The rows of all
 * three are cut by sequences, of any lengths and without padding, the columns by heads. Scores exist
 * for pairs of rows of one sequence only: a block for each sequence and head, all of them in one
 * product. Q may have other lengths than K and V, which have the same.
 *
 * Q is rows×(heads·width), K likewise, V and the result rows×(heads·its own width). Throws `PARTITION`
 * where cuts do not fit, `SHAPE`, `DTYPE`.
 *
 * ```ts
 * const cuts = { blockRows: [7, 3, 12], blockCols: width / heads };
 * const mixed = attention(repartition(q, cuts), repartition(k, cuts), repartition(v, cuts));
 * ```
 */
export function attention(q: Value, k: Value, v: Value, options: AttentionOptions = {}): Variable {
  const inputs = [q, k, v].map((x) => operandOf("attention", x));
  const [queries, keys, values] = inputs as [Variable, Variable, Variable];
  check(queries, keys, values, options);
  const { weights, value } = core.scope(() =>
    noGrad(() => {
      const weights = weightsOf(queries, keys, options);
      const mixed = columnsOfDiagonal(matmul(weights, diagonalOfColumns(values)));
      // The mask makes scores of f16 f32.
      const value =
        mixed.dtype === values.dtype ? mixed.value : core.cast(mixed.value, values.dtype);
      return { weights: weights.value, value };
    }),
  );
  if (!shouldRecord(inputs)) {
    weights.dispose();
    return new Variable(value);
  }
  const saved = new Variable(weights);
  const output: Variable = record("attention", [...inputs, saved], value, (gradient, wants) => {
    const scale = scaleOf(queries, options);
    const [q, k, v, g, y] = [queries, keys, values, gradient, output].map((x, i) =>
      diagonalOfColumns(i === 3 ? cutLike(x, output) : x),
    ) as [Variable, Variable, Variable, Variable, Variable];
    const p = isRecording() ? weightsOf(queries, keys, options) : saved;
    const ofValues = wants[2] ? columnsOfDiagonal(matmul(p, g, { transposeA: true })) : undefined;
    if (!wants[0] && !wants[1]) return [undefined, undefined, ofValues];
    // Σⱼ p·∂p over a row of scores is Σ y·g over the row of the result (Dao et al. 2022, app. B).
    const shared = sum(mul(g, y), { per: "row" });
    const ofScores = matmul(g, v, {
      transposeB: true,
      pattern: diagonalOf(queries),
      operands: [p, shared],
      epilogue: (dp, p, s) => expr.mul(expr.mul(p, expr.sub(dp, s)), scale),
    });
    return [
      wants[0] ? columnsOfDiagonal(matmul(ofScores, k)) : undefined,
      wants[1] ? columnsOfDiagonal(matmul(ofScores, q, { transposeA: true })) : undefined,
      ofValues,
    ];
  });
  // The tape needs them until the backward pass, nobody else does.
  saved.dispose();
  return output;
}

/** softmax(scale·Q·Kᵀ): a block for each sequence and head. */
function weightsOf(queries: Variable, keys: Variable, options: AttentionOptions): Variable {
  const scores: MatmulOptions = {
    transposeB: true,
    alpha: scaleOf(queries, options),
    pattern: diagonalOf(queries),
  };
  const [q, k] = [diagonalOfColumns(queries), diagonalOfColumns(keys)];
  if (options.causal !== true) return softmax(matmul(q, k, scores), { absent: "masked" });
  const column = positionsOf(queries);
  const row = new Variable(core.transpose(column.value));
  const masked = matmul(q, k, {
    ...scores,
    operands: [column, row],
    epilogue: (score, i, j) => expr.select(expr.less(i, j), Number.NEGATIVE_INFINITY, score),
  });
  row.dispose();
  column.dispose();
  return softmax(masked, { absent: "masked" });
}

/** The place of each row in its sequence, once for each head. */
function positionsOf({ backend, rowPartition, colPartition, dtype }: Variable): Variable {
  const ofHead = rowPartition.lengths.flatMap((length) => Array.from({ length }, (_, i) => i));
  const positions = colPartition.lengths.flatMap(() => ofHead);
  const shape = { rows: positions.length, cols: 1, dtype: core.computeDType(dtype) };
  return new Variable(BlockMatrix.fromArray(backend, positions, shape));
}

/** The scores of each sequence with itself, for each head. */
function diagonalOf({ rowPartition, colPartition }: Variable): BlockPattern {
  return BlockPattern.diagonal(rowPartition.count * colPartition.count);
}

function scaleOf({ cols, colPartition }: Variable, { scale }: AttentionOptions): number {
  return scale ?? 1 / Math.sqrt(cols / colPartition.count);
}

function cutLike(x: Variable, { rowPartition, colPartition }: Variable): Variable {
  const isCut = x.rowPartition.equals(rowPartition) && x.colPartition.equals(colPartition);
  return isCut ? x : repartition(x, { blockRows: rowPartition, blockCols: colPartition });
}

function check(q: Variable, k: Variable, v: Variable, { causal }: AttentionOptions): void {
  const heads = q.colPartition;
  if (!k.colPartition.equals(heads) || v.colPartition.count !== heads.count) {
    throw new BlkError(
      "PARTITION",
      `attention: the columns of queries are cut at ${heads}, those of keys at ${k.colPartition}, those of values at ${v.colPartition}; cut them by heads, with repartition()`,
    );
  }
  const isLike =
    causal === true
      ? k.rowPartition.equals(q.rowPartition)
      : k.rowPartition.count === q.rowPartition.count;
  if (isLike && v.rowPartition.equals(k.rowPartition)) return;
  throw new BlkError(
    "PARTITION",
    `attention: the rows of queries are cut at ${q.rowPartition}, those of keys at ${k.rowPartition}, those of values at ${v.rowPartition}; cut them by sequences, ${causal === true ? "all three" : "keys and values"} alike`,
  );
}
