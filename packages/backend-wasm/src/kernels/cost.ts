import { type Expr, expr } from "@blk/core";

/** Functions whose code is so long that copies of it would not pay, and nanoseconds of a value in f32. */
const longOps: Readonly<Record<string, number>> = {
  exp: 1.5,
  log: 3,
  tanh: 3.5,
  erf: 4.5,
  pow: 14,
};

/** What the values of expressions cost, together. */
export interface Cost {
  /** Steps of the computation, operands included; many where one is long. */
  readonly steps: number;
  /** About how long one thread takes for an element. */
  readonly nanoseconds: number;
}

export function costOf(expressions: readonly Expr[]): Cost {
  let [steps, nanoseconds] = [0, 0.2];
  for (const { node } of expr.scheduleAll(expressions).steps) {
    const long = "op" in node ? longOps[node.op] : undefined;
    steps += long === undefined ? 1 : Number.POSITIVE_INFINITY;
    nanoseconds += long ?? (node.kind === "input" ? 0.2 : 0.05);
  }
  return { steps, nanoseconds };
}
