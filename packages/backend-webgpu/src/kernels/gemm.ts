import { type GemmTile, invocationsOf } from "../params.js";
import { mode, task, term, termWords } from "../product-table.js";
import type { ComputeType } from "../wgsl/expression.js";
import type { HalfAs } from "../wgsl/memory.js";
import { type ProductKernel, productCode } from "./product-code.js";

/** A kernel of products by tiles. Its operands: a, b, `rows` if it has them, c, the epilogue's. */
export interface GemmKernel extends ProductKernel {
  readonly tile: GemmTile;
  /** Whether rows of a are read by index. */
  readonly hasRows: boolean;
  /**
   * What products are multiplied and added in. With `f16`, both factors are of f16, and the sum of a
   * strip, `steps` long, is added to one of f32.
   */
  readonly arithmetic: ComputeType | "f16";
}

/** Smaller strips have no code of their own for whole ones: it would take longer to compile. */
const leastWhole = 1024;
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
  const { tile, type, arithmetic } = kernel;
  const { rows, cols, threadRows, threadCols, steps } = tile;
  const across = cols / threadCols;
  const down = rows / threadRows;
  const vector = `vec4<${type}>`;
  const acrosses = range(threadCols / 4);
  const sums = range(threadRows).flatMap((i) => acrosses.map((j) => `c${i}_${j}`));
  const functions = `var<workgroup> staged_a: array<vec4<${arithmetic}>, ${(steps * rows) / 4}>;
var<workgroup> staged_b: array<vec4<${arithmetic}>, ${(steps * cols) / 4}>;

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
${isHalf(kernel) ? halfStripLoop(tile, sums) : innerLoop(tile)}
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
  const code = productCode(kernel, invocationsOf(tile), functions, body);
  const extensions = [...(tile.quads ? ["subgroups"] : []), ...(isHalf(kernel) ? ["f16"] : [])];
  return [...extensions.map((name) => `enable ${name};`), code].join("\n");
}

function isHalf({ arithmetic }: GemmKernel): boolean {
  return arithmetic === "f16";
}

/** A strip whose sums are of f16, each added to one of `sums` at its end. */
function halfStripLoop(tile: GemmTile, sums: readonly string[]): string {
  return [
    ...sums.map((sum) => `      var half_${sum} = vec4<f16>();`),
    innerLoop(tile, "half_"),
    ...sums.map((sum) => `      ${sum} += vec4<f32>(half_${sum});`),
  ].join("\n");
}

/**
 * All multiply-adds of a strip, to sums whose names begin so. With quads, an invocation reads a's
 * vector of one step in four.
 */
function innerLoop(tile: GemmTile, sums = ""): string {
  const { rows, cols, threadRows, threadCols, steps, quads } = tile;
  const across = cols / threadCols;
  const down = rows / threadRows;
  const downs = range(threadRows / 4);
  const acrosses = range(threadCols / 4);
  const vectorsOfA = (name: string, k: string): string[] =>
    downs.map((i) => `let ${name}${i} = staged_a[${k} * ${rows / 4}u + ${i * down}u + y];`);
  const step = (k: string): string[] => [
    ...acrosses.map((j) => `let b${j} = staged_b[${k} * ${cols / 4}u + ${j * across}u + x];`),
    ...range(threadRows).flatMap((i) =>
      acrosses.map((j) => `${sums}c${i}_${j} += a${i >> 2}.${"xyzw"[i % 4]} * b${j};`),
    ),
  ];
  const lines = quads
    ? [
        ...vectorsOfA("quad", "(k + local % 4u)"),
        ...range(4).flatMap((u) => [
          "{",
          ...downs.map((i) => `let a${i} = quadBroadcast(quad${i}, ${u}u);`),
          ...step(`(k + ${u}u)`),
          "}",
        ]),
      ]
    : [...vectorsOfA("a", "k"), ...step("k")];
  return `      for (var k = 0u; k < ${steps}u; k += ${quads ? 4 : 1}u) {
${lines.map((line) => `        ${line}`).join("\n")}
      }`;
}

/**
 * `stage_a` and `stage_b`: a strip of a factor, `steps` of k long, into workgroup memory. `line` is
 * a row of a or a column of b. A piece is read as four vectors, each along k or across it; those
 * along k are turned, as workgroup memory has them across. Strips that lie within the factor need
 * no question at each element; a software adapter passes over loops that end at once, but runs
 * through both sides of a branch.
 */
function stageCode(kernel: GemmKernel, factor: "a" | "b"): string {
  const { tile } = kernel;
  const { steps } = tile;
  const lines = factor === "a" ? tile.rows : tile.cols;
  const window = term[factor];
  const [lineStride, stepStride] = factor === "a" ? [1, 2] : [2, 1];
  const hasWhole = lines * steps >= leastWhole && !(factor === "a" && kernel.hasRows);
  const count = (lines * steps) / 16;
  const places = `let at_line = select(number / ${steps / 4}u, number % ${lines / 4}u, is_across);
    let at_k = select(number % ${steps / 4}u, number / ${lines / 4}u, is_across);`;
  const pieces = (end: string, body: string): string =>
    `  for (var number = local; number < ${end}; number += ${invocationsOf(tile)}u) {
    ${places}
    ${body}
  }`;
  const whole = `  let is_whole = first_line + ${lines} <= end_line && first_k + ${steps} <= end_k;
${pieces(`select(0u, ${count}u, is_whole)`, wholePiece(kernel, factor, lines))}
`;
  const edge = pieces(
    hasWhole ? `select(${count}u, 0u, is_whole)` : `${count}u`,
    edgePiece(kernel, factor, lines),
  );
  return `fn stage_${factor}(term: i32, local: u32, first_line: i32, end_line: i32, first_k: i32, end_k: i32) {
  let start = params[term + ${window}];
  let line_stride = params[term + ${window + lineStride}];
  let k_stride = params[term + ${window + stepStride}];
  let mode = params[term + ${factor === "a" ? term.modeA : term.modeB}];
  let is_across = (mode & ${mode.acrossK}) != 0;
  let stride = select(k_stride, line_stride, is_across);
${hasWhole ? whole : ""}${edge}
}`;
}

/** A piece of which all elements exist. */
function wholePiece(kernel: GemmKernel, factor: "a" | "b", lines: number): string {
  const { arithmetic, memory } = kernel;
  const operand = factor === "a" ? 0 : 1;
  const vector = `vec4<${arithmetic}>`;
  const as = halvesAs(kernel);
  const four = (at: string): string =>
    memory.isWide(operand)
      ? memory.loadFour(operand, `u32(${at})`, as)
      : `${vector}(${range(4).map((j) => memory.load(operand, `u32(${at} + ${j} * stride)`, as))})`;
  const turned = (i: number): string => `${vector}(${range(4).map((j) => `piece${j}[${i}]`)})`;
  return `let at = start + (first_line + i32(4u * at_line)) * line_stride + (first_k + i32(4u * at_k)) * k_stride;
    let pitch = select(line_stride, k_stride, is_across);
    ${range(4)
      .map((i) => `let piece${i} = ${four(`(at + ${i} * pitch)`)};`)
      .join("\n    ")}
    ${range(4)
      .map((i) => `${stagedAt(factor, lines, i)} = select(${turned(i)}, piece${i}, is_across);`)
      .join("\n    ")}`;
}

/** A piece at an edge: what does not exist is zero and is not read. */
function edgePiece(kernel: GemmKernel, factor: "a" | "b", lines: number): string {
  const { arithmetic, memory } = kernel;
  const operand = factor === "a" ? 0 : 1;
  const vector = `vec4<${arithmetic}>`;
  const as = halvesAs(kernel);
  const vectors = `if (count >= 4 && (mode & ${mode.vectors}) != 0) {
        piece[i] = ${memory.loadFour(operand, "u32(at)", as)};
        continue;
      }`;
  return `var piece = array<${vector}, 4>();
    for (var i = 0; i < 4; i++) {
      var line = first_line + i32(4u * at_line) + select(i, 0, is_across);
      let k = first_k + i32(4u * at_k) + select(0, i, is_across);
      if (line >= end_line || k >= end_k) { continue; }
      let count = select(end_k - k, end_line - line, is_across);
      ${factor === "a" && kernel.hasRows ? indexedLine(kernel) : ""}
      let at = start + line * line_stride + k * k_stride;
      ${memory.isWide(operand) ? vectors : ""}
      for (var j = 0; j < 4; j++) {
        if (j < count) { piece[i][j] = ${memory.load(operand, "u32(at + j * stride)", as)}; }
      }
    }
    for (var i = 0u; i < 4u; i++) {
      let turned = ${vector}(${range(4).map((i) => `piece[${i}][i]`)});
      ${stagedAt(factor, lines, "i")} = select(turned, piece[i], is_across);
    }`;
}

function halvesAs(kernel: GemmKernel): HalfAs {
  return isHalf(kernel) ? "f16" : "f32";
}

function stagedAt(factor: "a" | "b", lines: number, step: number | "i"): string {
  const k = step === "i" ? step : `${step}u`;
  return `staged_${factor}[(4u * at_k + ${k}) * ${lines / 4}u + at_line]`;
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
