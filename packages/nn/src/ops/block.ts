import * as core from "@blk/core";
import { BlockMatrix, BlockPattern, type BlockPosition } from "@blk/core";
import { record, recordMany } from "../tape.js";
import { asVariable, type Value, type Variable } from "../variable.js";

/** The `rows`×`cols` elements from (row, col) of a dense matrix as a view: free. */
export function window(a: Value, row: number, col: number, rows: number, cols: number): Variable {
  const input = asVariable(a);
  const value = core.window(input.value, row, col, rows, cols);
  return record("window", [input], value, (gradient) => [placed(gradient, input, row, col)]);
}

/**
 * One block as a view: free. Its gradient is a matrix of zeros but for that block: take many blocks
 * of a matrix at once, with {@link blocks}.
 */
export function block(a: Value, row: number, col: number): Variable {
  const input = asVariable(a);
  const value = core.block(input.value, row, col);
  const { rowPartition, colPartition } = input;
  const place = { row, col };
  return record("block", [input], value, (gradient) => [
    input.value.isSparse
      ? scattered([gradient], [place], input)
      : placed(gradient, input, rowPartition.start(row), colPartition.start(col)),
  ]);
}

/** The present blocks, by rows, each as a view; their gradients are put together in one piece. */
export function blocks(
  a: Value,
): readonly { readonly row: number; readonly col: number; readonly block: Variable }[] {
  const input = asVariable(a);
  const found = [...core.blocks(input.value)];
  const values = found.map(({ block }) => block);
  const outputs = recordMany("blocks", [input], values, (gradients) => [
    scattered(gradients, found, input),
  ]);
  return found.map(({ row, col }, i) => ({ row, col, block: outputs[i] as Variable }));
}

/** A matrix like `like` of zeros, but for `part` at (row, col). */
function placed(part: Variable, like: Variable, row: number, col: number): Variable {
  const { backend, rows, cols } = like;
  const value = BlockMatrix.zeros(backend, { rows, cols, dtype: part.dtype });
  core.map(part.value, (x) => x, { out: core.window(value, row, col, part.rows, part.cols) });
  return record("placed", [part], value, (gradient) => [
    window(gradient, row, col, part.rows, part.cols),
  ]);
}

/** Blocks put into the grid of `like`; where there is none, zeros. */
function scattered(
  parts: readonly (Variable | undefined)[],
  places: readonly BlockPosition[],
  like: Variable,
): Variable {
  const given = parts.flatMap((part, i) =>
    part === undefined ? [] : [{ part, ...(places[i] as BlockPosition) }],
  );
  const { backend, rows, cols, rowPartition, colPartition } = like;
  const dtype = given[0]?.part.dtype ?? like.dtype;
  const { count: rowCount } = rowPartition;
  const pattern = like.value.isSparse
    ? { pattern: BlockPattern.of(rowCount, colPartition.count, given) }
    : {};
  const value = BlockMatrix.zeros(backend, {
    rows,
    cols,
    dtype,
    blockRows: rowPartition,
    blockCols: colPartition,
    ...pattern,
  });
  for (const { part, row, col } of given) {
    core.map(part.value, (x) => x, { out: core.block(value, row, col) });
  }
  const inputs = given.map(({ part }) => part);
  return record("blocks", inputs, value, (gradient, wants) =>
    given.map(({ row, col }, i) => (wants[i] ? block(gradient, row, col) : undefined)),
  );
}
