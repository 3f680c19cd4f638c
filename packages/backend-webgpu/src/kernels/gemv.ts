import type { GemvTile } from "../params.js";
import { mode, task, term, termWords } from "../product-table.js";
import { type ProductKernel, productCode } from "./product-code.js";

/** A kernel of products of a matrix and up to four vectors. Its operands: a, b, c, the epilogue's. */
export interface GemvKernel extends ProductKernel {
  readonly tile: GemvTile;
  /** Columns of c that each task has, at most. */
  readonly columns: 1 | 4;
}

/**
 * WGSL of `c ← E(alpha · Σₜ aₜ·bₜ + beta · c)` for a table of tasks with at most four columns; a
 * workgroup computes `rows` rows of c. The invocations of a row take every `lanes`-th four steps of
 * k each, and their sums are added in a tree: an order that depends on the shapes alone, whether
 * four elements are read as a vector or one by one. Neighbouring invocations read neighbours in
 * memory: along k, or along the rows where the mode of the first term says so.
 */
export function gemvCode(kernel: GemvKernel): string {
  const { tile, type, memory, columns: most } = kernel;
  const { rows, lanes } = tile;
  const vector = `vec4<${type}>`;
  const four = (operand: 0 | 1, at: string, step: string): string =>
    memory.isWide(operand)
      ? memory.loadFour(operand, `u32(${at})`)
      : `${vector}(${[0, 1, 2, 3].map((i) => memory.load(operand, `u32(${at} + ${i} * ${step})`))})`;
  const columns = (code: (j: number) => string): string =>
    [0, 1, 2, 3]
      .slice(0, most)
      .map((j) => (j === 0 ? code(j) : `if (cols > ${j}) { ${code(j)} }`))
      .join("\n          ");
  const addFour = (j: number): string => {
    const sum = `sum.${"xyzw"[j]}`;
    const y = four(1, `(at_b + ${j} * across_b)`, "k_stride_b");
    return `let y${j} = ${y}; ${sum} = ${sum} + x.x * y${j}.x + x.y * y${j}.y + x.z * y${j}.z + x.w * y${j}.w;`;
  };
  const addOne = (j: number): string =>
    `sum.${"xyzw"[j]} += x * ${memory.load(1, `u32(at_b + ${j} * across_b)`)};`;
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
      let k_stride_a = params[term + ${term.a + 2}];
      let k_stride_b = params[term + ${term.b + 1}];
      let across_b = params[term + ${term.b + 2}];
      let start_a = params[term + ${term.a}] + row * params[term + ${term.a + 1}];
      let start_b = params[term + ${term.b}];
      for (var first = 4 * i32(lane); first < end_k; first += ${4 * lanes}) {
        if (first + 4 <= end_k) {
          let at_a = start_a + first * k_stride_a;
          let at_b = start_b + first * k_stride_b;
          let x = ${four(0, "at_a", "k_stride_a")};
          ${columns(addFour)}
        } else {
          for (var k = first; k < end_k; k++) {
            let at_b = start_b + k * k_stride_b;
            let x = ${memory.load(0, "u32(start_a + k * k_stride_a)")};
            ${columns(addOne)}
          }
        }
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
