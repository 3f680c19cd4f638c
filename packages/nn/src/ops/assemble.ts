import * as core from "@blk/core";
import { record } from "../tape.js";
import { asVariable, type Value, type Variable } from "../variable.js";
import { window } from "./block.js";
import { toDense } from "./to-dense.js";

/** A matrix put together from a grid, as `assemble` of `@blk/core`; `null` is a block of zeros. */
export function assemble(grid: readonly (readonly (Value | null)[])[]): Variable {
  const parts = grid.map((line) => line.map((part) => (part === null ? null : asVariable(part))));
  const value = core.assemble(parts.map((line) => line.map((part) => part?.value ?? null)));
  const heights = parts.map((line) => line.find((part) => part !== null)?.rows ?? 0);
  const widths = (parts[0] ?? []).map(
    (_, j) => parts.find((line) => line[j] !== null)?.[j]?.cols ?? 0,
  );
  const places: Place[] = [];
  let row = 0;
  parts.forEach((line, i) => {
    let col = 0;
    line.forEach((part, j) => {
      if (part !== null) places.push({ part, row, col });
      col += widths[j] as number;
    });
    row += heights[i] as number;
  });
  return composed("assemble", value, places);
}

/** The block-diagonal matrix of the given matrices, as `blockDiagonal` of `@blk/core`. */
export function blockDiagonal(parts: readonly Value[]): Variable {
  const variables = parts.map(asVariable);
  const value = core.blockDiagonal(variables.map((part) => part.value));
  let row = 0;
  let col = 0;
  const places = variables.map((part): Place => {
    const place = { part, row, col };
    row += part.rows;
    col += part.cols;
    return place;
  });
  return composed("blockDiagonal", value, places);
}

interface Place {
  readonly part: Variable;
  readonly row: number;
  readonly col: number;
}

/** The gradient of each part is a window of that of the whole. */
function composed(name: string, value: core.BlockMatrix, places: readonly Place[]): Variable {
  const inputs = places.map(({ part }) => part);
  return record(name, inputs, value, (gradient, wants) => {
    const dense = gradient.value.isSparse ? toDense(gradient) : gradient;
    return places.map(({ part, row, col }, i) =>
      wants[i] ? window(dense, row, col, part.rows, part.cols) : undefined,
    );
  });
}
