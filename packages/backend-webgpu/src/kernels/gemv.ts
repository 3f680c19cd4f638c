import type { GemvTile } from "../params.js";
import { mode, task, term, termWords } from "../product-table.js";
import { type ProductKernel, productCode } from "./product-code.js";

/** A kernel of products of a matrix and up to four vectors. Its operands: a, b, c, the epilogue's. */
export interface GemvKernel extends ProductKernel {
  readonly tile: GemvTile;
}

/**
 * WGSL of `c ← E(alpha · Σₜ aₜ·bₜ + beta · c)` for a table of tasks with at most four columns; a
 * workgroup computes `rows` rows of c. The invocations of a row take every `lanes`-th step of k
 * each, and their sums are added in a tree. Neighbouring invocations read neighbours in memory:
 * along k, or along the rows where the mode of the first term says so.
 */
export function gemvCode(kernel: GemvKernel): string {
  const { tile, type, memory } = kernel;
  const { rows, lanes } = tile;
  const vector = `vec4<${type}>`;
  const others = [1, 2, 3].map(
    (j) =>
      `if (cols > ${j}) { y.${"xyzw"[j]} = ${memory.load(1, `u32(at_b + ${j} * across_b)`)}; }`,
  );
  const body = `  let rows = params[task + ${task.rows}];
  let cols = params[task + ${task.cols}];
  let first_term = params[task + ${task.first}];
  let end_term = first_term + ${termWords} * params[task + ${task.count}];
  var line = local / ${lanes}u;
  var lane = local % ${lanes}u;
  if ((params[first_term + ${term.modeA}] & ${mode.acrossK}) != 0) {
    line = local % ${rows}u;
    lane = local / ${rows}u;
  }
  let row = i32(tile * ${rows}u + line);
  var sum = ${vector}();
  if (row < rows) {
    for (var term = first_term; term < end_term; term += ${termWords}) {
      let end_k = params[term + ${term.k}];
      let across_b = params[term + ${term.b + 2}];
      var at_a = params[term + ${term.a}] + row * params[term + ${term.a + 1}] + i32(lane) * params[term + ${term.a + 2}];
      var at_b = params[term + ${term.b}] + i32(lane) * params[term + ${term.b + 1}];
      let step_a = ${lanes} * params[term + ${term.a + 2}];
      let step_b = ${lanes} * params[term + ${term.b + 1}];
      for (var k = i32(lane); k < end_k; k += ${lanes}) {
        var y = ${vector}();
        y.x = ${memory.load(1, "u32(at_b)")};
        ${others.join("\n        ")}
        sum += ${memory.load(0, "u32(at_a)")} * y;
        at_a += step_a;
        at_b += step_b;
      }
    }
  }
  parts[lane * ${rows}u + line] = sum;
  workgroupBarrier();
  for (var half = ${lanes / 2}u; half > 0u; half /= 2u) {
    if (lane < half) { parts[lane * ${rows}u + line] += parts[(lane + half) * ${rows}u + line]; }
    workgroupBarrier();
  }
  if (lane == 0u && row < rows) {
    for (var j = 0; j < cols; j++) { finish(task, row, j, parts[line][j]); }
  }`;
  const functions = `var<workgroup> parts: array<${vector}, ${rows * lanes}>;`;
  return productCode(kernel, rows * lanes, functions, body);
}
