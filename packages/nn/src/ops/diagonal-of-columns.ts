import * as core from "@blk/core";
import { record } from "../tape.js";
import { asVariable, type Value, type Variable } from "../variable.js";

/** `diagonalOfColumns` of `@blk/core`: a view. */
export function diagonalOfColumns(a: Value): Variable {
  const input = asVariable(a);
  const value = core.diagonalOfColumns(input.value);
  return record("diagonalOfColumns", [input], value, (gradient) => [columnsOfDiagonal(gradient)]);
}

/** `columnsOfDiagonal` of `@blk/core`. */
export function columnsOfDiagonal(a: Value): Variable {
  const input = asVariable(a);
  const value = core.columnsOfDiagonal(input.value);
  return record("columnsOfDiagonal", [input], value, (gradient) => [diagonalOfColumns(gradient)]);
}
