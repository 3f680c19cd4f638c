import * as core from "@blk/core";
import { BlockMatrix } from "@blk/core";
import { record } from "../tape.js";
import { asVariable, type Value, type Variable } from "../variable.js";
import { transpose } from "./transpose.js";

/** Rows of `a` by index, as `gather` of `@blk/core`: an embedding. Its gradient adds rows up. */
export function gather(
  a: Value,
  indices: core.Indices,
  options: core.GatherOptions = {},
): Variable {
  const input = asVariable(a);
  const value = core.gather(input.value, indices, options);
  return record("gather", [input], value, (gradient) => {
    const { rows, cols } = input;
    const shape = options.transpose ? { rows: cols, cols: rows } : { rows, cols };
    const sums = addRows(input, shape, indices, gradient);
    return [options.transpose ? transpose(sums) : sums];
  });
}

/**
 * `target` with row i of `source` added to its row `indices[i]`. Unlike that of `@blk/core`, this
 * leaves `target` as it is. Dense only.
 */
export function scatterAdd(target: Value, indices: core.Indices, source: Value): Variable {
  const start = asVariable(target);
  const copy = core.map(start.value, (x) => x, { label: "scatterAdd" });
  const rows = asVariable(source);
  const value = core.scatterAdd(copy, indices, rows.value);
  return record("scatterAdd", [start, rows], value, (gradient, wants) => [
    gradient,
    wants[1] ? gather(gradient, indices) : undefined,
  ]);
}

/** The rows of `source` added up by index to a matrix of the given shape, otherwise like `like`. */
export function addRows(
  { backend }: Variable,
  { rows, cols }: { readonly rows: number; readonly cols: number },
  indices: core.Indices,
  source: Variable,
): Variable {
  const value = BlockMatrix.zeros(backend, { rows, cols, dtype: source.dtype });
  if (indices instanceof BlockMatrix && indices.cols !== 1) {
    for (let i = 0; i < indices.cols; i++) {
      const column = core.window(indices, 0, i, indices.rows, 1);
      core.scatterAdd(value, column, core.window(source.value, 0, i * cols, source.rows, cols));
    }
  } else {
    core.scatterAdd(value, indices, source.value);
  }
  return record("scatterAdd", [source], value, (gradient) => [gather(gradient, indices)]);
}
