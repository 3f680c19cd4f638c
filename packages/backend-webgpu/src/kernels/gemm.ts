import { type GemmTile, invocationsOf } from "../params.js";
import { mode, task, term, termWords } from "../product-table.js";
import { type ProductKernel, productCode } from "./product-code.js";

/** A kernel of products by tiles. Its operands: a, b, `rows` if it has them, c, the epilogue's. */
export interface GemmKernel extends ProductKernel {
  readonly tile: GemmTile;
  /** Whether rows of a are read by index. */
  readonly hasRows: boolean;
}

/** Tiles of so many rows follow one another column by column: neighbours share what caches hold. */
const band = 8;

/**
 * WGSL of `c ← E(alpha · Σₜ aₜ·bₜ + beta · c)` for a table of tasks; a workgroup computes one tile.
 *
 * ```
 *            b: steps × cols, staged as vectors along its columns
 *            ┌──────────────┐
 *            │ k            │
 *            └──────────────┘
 * a: ┌─────┐ ┌──────────────┐  an invocation has rows 4·y + (0…3), and again rows 4·(Y + y) + (0…3),
 *    │ k   │ │ c            │  for each four of its rows; and columns likewise: neighbouring
 *    │     │ │              │  invocations read neighbouring vectors of workgroup memory.
 *    └─────┘ └──────────────┘
 *    staged as vectors along its rows
 * ```
 *
 * Factors are staged in pieces of 4×4 by one invocation each, with vector loads along whichever
 * direction is contiguous, and turned in registers. What lies outside of a factor counts as zero
 * and is not read. Tiling with register blocks as in Volkov and Demmel, Benchmarking GPUs to tune
 * dense linear algebra (2008).
 */
export function gemmCode(kernel: GemmKernel): string {
  const { tile, type } = kernel;
  const { rows, cols, threadRows, threadCols, steps } = tile;
  const across = cols / threadCols;
  const down = rows / threadRows;
  const vector = `vec4<${type}>`;
  const downs = range(threadRows / 4);
  const acrosses = range(threadCols / 4);
  const sums = range(threadRows).flatMap((i) => acrosses.map((j) => `c${i}_${j}`));
  const multiplyAdds = range(threadRows).flatMap((i) =>
    acrosses.map((j) => `        c${i}_${j} += a${i >> 2}.${"xyzw"[i % 4]} * b${j};`),
  );
  const functions = `var<workgroup> staged_a: array<${vector}, ${(steps * rows) / 4}>;
var<workgroup> staged_b: array<${vector}, ${(steps * cols) / 4}>;

${stageCode(kernel, "a")}
${stageCode(kernel, "b")}`;
  const body = `  let rows = params[task + ${task.rows}];
  let cols = params[task + ${task.cols}];
  let tiles_down = (rows + ${rows - 1}) / ${rows};
  let tiles_across = (cols + ${cols - 1}) / ${cols};
  let first_down = i32(tile) / (${band} * tiles_across) * ${band};
  let height = min(${band}, tiles_down - first_down);
  let in_band = i32(tile) % (${band} * tiles_across);
  let first_row = (first_down + in_band % height) * ${rows};
  let first_col = in_band / height * ${cols};
  let x = local % ${across}u;
  let y = local / ${across}u;
${sums.map((sum) => `  var ${sum} = ${vector}();`).join("\n")}

  let first_term = params[task + ${task.first}];
  let end_term = first_term + ${termWords} * params[task + ${task.count}];
  for (var term = first_term; term < end_term; term += ${termWords}) {
    let end_k = params[term + ${term.k}];
    for (var first_k = 0; first_k < end_k; first_k += ${steps}) {
      stage_a(term, local, first_row, rows, first_k, end_k);
      stage_b(term, local, first_col, cols, first_k, end_k);
      workgroupBarrier();
      for (var k = 0u; k < ${steps}u; k++) {
${downs.map((i) => `        let a${i} = staged_a[k * ${rows / 4}u + ${i * down}u + y];`).join("\n")}
${acrosses.map((j) => `        let b${j} = staged_b[k * ${cols / 4}u + ${j * across}u + x];`).join("\n")}
${multiplyAdds.join("\n")}
      }
      workgroupBarrier();
    }
  }

  var sums = array<${vector}, ${sums.length}>(${sums.join(", ")});
  for (var i = 0u; i < ${threadRows}u; i++) {
    let row = first_row + i32((i / 4u * ${down}u + y) * 4u + i % 4u);
    if (row >= rows) { break; }
    for (var j = 0u; j < ${threadCols}u; j++) {
      let col = first_col + i32((j / 4u * ${across}u + x) * 4u + j % 4u);
      if (col < cols) { finish(task, row, col, sums[i * ${threadCols / 4}u + j / 4u][j % 4u]); }
    }
  }`;
  return productCode(kernel, invocationsOf(tile), functions, body);
}

/**
 * `stage_a` and `stage_b`: a strip of a factor, `steps` of k long, into workgroup memory. `line` is
 * a row of a or a column of b. A piece is read as four vectors, each along k or across it; those
 * along k are turned, as workgroup memory has them across.
 */
function stageCode(kernel: GemmKernel, factor: "a" | "b"): string {
  const { tile, type, memory } = kernel;
  const { steps } = tile;
  const operand = factor === "a" ? 0 : 1;
  const lines = factor === "a" ? tile.rows : tile.cols;
  const window = term[factor];
  const [lineStride, stepStride] = factor === "a" ? [1, 2] : [2, 1];
  const vector = `vec4<${type}>`;
  const vectors = `if (count >= 4 && (mode & ${mode.vectors}) != 0) {
        piece[i] = ${memory.loadFour(operand, "u32(at)")};
        continue;
      }`;
  return `fn stage_${factor}(term: i32, local: u32, first_line: i32, end_line: i32, first_k: i32, end_k: i32) {
  let start = params[term + ${window}];
  let line_stride = params[term + ${window + lineStride}];
  let k_stride = params[term + ${window + stepStride}];
  let mode = params[term + ${factor === "a" ? term.modeA : term.modeB}];
  let is_across = (mode & ${mode.acrossK}) != 0;
  let stride = select(k_stride, line_stride, is_across);
  for (var number = local; number < ${(lines * steps) / 16}u; number += ${invocationsOf(tile)}u) {
    let at_line = select(number / ${steps / 4}u, number % ${lines / 4}u, is_across);
    let at_k = select(number % ${steps / 4}u, number / ${lines / 4}u, is_across);
    var piece = array<${vector}, 4>();
    for (var i = 0; i < 4; i++) {
      var line = first_line + i32(4u * at_line) + select(i, 0, is_across);
      let k = first_k + i32(4u * at_k) + select(0, i, is_across);
      if (line >= end_line || k >= end_k) { continue; }
      let count = select(end_k - k, end_line - line, is_across);
      ${factor === "a" && kernel.hasRows ? indexedLine(kernel) : ""}
      let at = start + line * line_stride + k * k_stride;
      ${memory.isWide(operand) ? vectors : ""}
      for (var j = 0; j < 4; j++) {
        if (j < count) { piece[i][j] = ${memory.load(operand, "u32(at + j * stride)")}; }
      }
    }
    if (is_across) {
      for (var i = 0u; i < 4u; i++) { ${stagedAt(factor, lines)} = piece[i]; }
    } else {
      for (var i = 0u; i < 4u; i++) {
        ${stagedAt(factor, lines)} = ${vector}(${range(4).map((i) => `piece[${i}][i]`)});
      }
    }
  }
}`;
}

function stagedAt(factor: "a" | "b", lines: number): string {
  return `staged_${factor}[(4u * at_k + i) * ${lines / 4}u + at_line]`;
}

/** Replaces a row of c by the row of a that it reads; terms with such rows are read along k. */
function indexedLine({ memory }: GemmKernel): string {
  const index = `u32(params[term + ${term.rows}] + line * params[term + ${term.rows + 1}])`;
  return `line = ${memory.load(2, index)};
      if (line < 0 || line >= params[term + ${term.sourceRows}]) { continue; }`;
}

function range(count: number): readonly number[] {
  return Array.from({ length: count }, (_, i) => i);
}
