import { computeDType, conform, type Expr, expr, type Partition } from "@blk/core";
import { cast } from "./ops/cast.js";
import { type MapOptions, map } from "./ops/map.js";
import { reduce } from "./ops/reduce.js";
import type { Variable } from "./variable.js";

/**
 * The gradient by operand `i` of f(x₀, x₁, …), of which `gradient` is that of the result: one pass
 * that multiplies by the derivative and, if the operand was repeated, sums over the repetitions.
 * `undefined` where f does not depend on the operand. `gradient` may be smaller than the common
 * shape of the operands: it is repeated (that of a reduction's result is).
 */
export function elementwiseGradient(
  gradient: Variable,
  operands: readonly Variable[],
  f: Expr,
  i: number,
): Variable | undefined {
  const derivative = expr.differentiate(f, i);
  if (expr.isZero(derivative)) return undefined;
  const target = operands[i] as Variable;
  const rows = sizeOf([gradient, ...operands], "rows");
  const cols = sizeOf([gradient, ...operands], "cols");
  const isRepeated = target.rows !== rows || target.cols !== cols;
  const isOne = derivative.kind === "constant" && derivative.value === 1;
  if (isOne && !isRepeated && gradient.rows === rows && gradient.cols === cols) return gradient;

  const read = operandsRead(derivative);
  const numbers = [...read];
  // Someone must bring the common shape, even if the derivative reads nobody who does.
  // A block-sparse one brings its cuts.
  if (target.value.isSparse && !read.has(i)) numbers.push(i);
  const shaped = [gradient, ...numbers.map((number) => operands[number] as Variable)];
  for (const size of ["rows", "cols"] as const) {
    const wanted = size === "rows" ? rows : cols;
    if (sizeOf(shaped, size) === wanted) continue;
    const bringer = operands.findIndex((operand) => operand[size] === wanted);
    numbers.push(bringer);
    shaped.push(operands[bringer] as Variable);
  }
  const product = (g: Expr, ...xs: Expr[]): Expr => {
    const local = expr.substitute(derivative, (number) => xs[numbers.indexOf(number)] as Expr);
    return isOne ? g : expr.mul(g, local);
  };
  if (!isRepeated) {
    const options = { dtype: gradient.dtype, ...patternLike(target, shaped) };
    return map(shaped, product, options);
  }
  const type = computeDType(gradient.dtype);
  const alike = shaped.map((x) => (computeDType(x.dtype) === type ? x : cast(x, type)));
  const per = target.rows === rows ? "row" : target.cols === cols ? "column" : "matrix";
  return reduce(alike, { op: "sum", per, expr: product });
}

/** Just the blocks of a block-sparse target, under the cuts of all operands. */
function patternLike(target: Variable, operands: readonly Variable[]): MapOptions {
  const { pattern } = target.value;
  if (pattern === undefined) return {};
  const { rows, cols } = target;
  const common = (partitions: readonly Partition[]): Partition =>
    partitions.reduce((x, y) => conform(x, y) ?? x);
  const rowCuts = common(operands.filter((x) => x.rows === rows).map((x) => x.rowPartition));
  const colCuts = common(operands.filter((x) => x.cols === cols).map((x) => x.colPartition));
  return { pattern: pattern.spread(rowCuts.count, colCuts.count) };
}

function sizeOf(operands: readonly Variable[], size: "rows" | "cols"): number {
  let common = 1;
  for (const operand of operands) if (common === 1) common = operand[size];
  return common;
}

function operandsRead(e: Expr): ReadonlySet<number> {
  const read = new Set<number>();
  for (const { node } of expr.schedule(e)) if (node.kind === "input") read.add(node.index);
  return read;
}
