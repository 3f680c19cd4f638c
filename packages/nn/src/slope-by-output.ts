import { type Activation, type Expr, expr, relu, sigmoid, softplus } from "@blk/core";

/**
 * The derivative of an activation as a function of its own value, where it is one: then the
 * argument need not be kept. `undefined` for any other function.
 */
export function slopeByOutput(activation: Activation): ((y: Expr) => Expr) | undefined {
  const named = invertible.find(({ of }) => of === activation);
  if (named !== undefined) return named.slope;
  const f = activation(expr.input(0));
  for (const { of, slope } of invertible) if (expr.same(f, of(expr.input(0)))) return slope;
  return leakySlope(f);
}

const one: Expr = expr.constant(1);

const invertible: readonly { readonly of: Activation; readonly slope: (y: Expr) => Expr }[] = [
  // By its definition in core, the slope at the kink is that of the constant.
  { of: relu, slope: (y) => expr.less(0, y) },
  { of: expr.tanh, slope: (y) => expr.sub(one, expr.mul(y, y)) },
  { of: sigmoid, slope: (y) => expr.mul(y, expr.sub(one, y)) },
  { of: softplus, slope: (y) => expr.sub(one, expr.exp(expr.neg(y))) },
  { of: expr.exp, slope: (y) => y },
];

/** Of `leakyRelu(slope)`, whose value has the sign of its argument for a positive slope. */
function leakySlope(f: Expr): ((y: Expr) => Expr) | undefined {
  if (f.kind !== "select" || f.whenTrue.kind !== "binary" || f.whenTrue.op !== "mul") return;
  const { x: factor, y: argument } = f.whenTrue;
  const isLeaky =
    factor.kind === "constant" &&
    factor.value > 0 &&
    argument.kind === "input" &&
    f.whenFalse.kind === "input" &&
    expr.same(f.condition, expr.less(expr.input(0), 0));
  return isLeaky ? (y) => expr.select(expr.less(y, 0), factor, 1) : undefined;
}
