import * as core from "@blk/core";
import { type Activation, type Expr, expr, PackedMatrix } from "@blk/core";
import { elementwiseGradient } from "../elementwise-gradient.js";
import { setGate, takeGate } from "../gate.js";
import { slopeByOutput } from "../slope-by-output.js";
import { record, shouldRecord } from "../tape.js";
import { asVariable, type Value, Variable } from "../variable.js";
import { map, treeOf } from "./map.js";
import { productGradients } from "./product-gradients.js";
import { sumLike } from "./reduce.js";

/** Options of {@link matmul}: those of `@blk/core`, but for writing into an existing matrix. */
export interface MatmulOptions
  extends Omit<core.MatmulOptions, "out" | "beta" | "bias" | "operands"> {
  readonly bias?: Value;
  readonly operands?: readonly Value[];
  /**
   * The reverse of `rows`: a line for each row of `a`, with the row of the product that reads it
   * through that column of `rows`, or −1. Where there is one such row at most, as in images, the
   * gradient of `a` is a product as well, and not a sum by index.
   */
  readonly inverseRows?: core.BlockMatrix;
}

/**
 * The block product of `@blk/core` with bias, activation and epilogue in the same pass.
 *
 * Backward, the derivative of the epilogue is one elementwise pass, or none where the product that
 * makes the gradient does it in its own epilogue; then there are two products (of a block-sparse
 * factor, sampled at its blocks) and a sum for the bias. An activation whose slope is a function of
 * its value (`relu`, `tanh`, `sigmoid`, `softplus`, `exp`, `leakyRelu`) leaves nothing behind but
 * that value; of any other the argument is kept, so that a recorded product takes a pass more.
 * A packed `b` is a constant. Errors as in `@blk/core`.
 *
 * ```ts
 * const hidden = matmul(x, w, { bias, activation: relu });
 * ```
 */
export function matmul(a: Value, b: Value | PackedMatrix, options: MatmulOptions = {}): Variable {
  const { bias, operands = [] } = options;
  const left = asVariable(a);
  const right = b instanceof PackedMatrix ? b : asVariable(b);
  const fused = [...(bias === undefined ? [] : [bias]), ...operands].map(asVariable);
  const inputs = right instanceof PackedMatrix ? [left, ...fused] : [left, right, ...fused];
  if (!shouldRecord(inputs)) return new Variable(fusedProduct(left, right, options));

  const { activation, epilogue } = options;
  const slope =
    epilogue === undefined && activation !== undefined ? slopeByOutput(activation) : undefined;
  // Behind the slope there is a sum at most, whose derivatives are 1.
  const isSum = epilogue === undefined && (activation === undefined || slope !== undefined);
  const f = isSum ? undefined : treeOf(restOf(options), fused.length + 1);
  if (f !== undefined && readsProduct(f, fused)) return productThenMap(a, b, options);

  const first = inputs.length - fused.length;
  const value = fusedProduct(left, right, options);
  const output: Variable = record("matmul", inputs, value, (gradient, wants) => {
    const arrived = takeGate(output) || slope === undefined ? gradient : sloped(gradient);
    // What stands for the product in `f` is not read.
    const terms = [arrived, ...fused];
    const through = (i: number): Variable | undefined =>
      f === undefined
        ? sumLike(arrived, terms[i] as Variable)
        : elementwiseGradient(arrived, terms, f, i);
    const isAsked = wants.slice(0, first).some((want) => want !== false);
    const delta = isAsked ? through(0) : undefined;
    const ofFactors =
      delta === undefined
        ? inputs.slice(0, first).map(() => undefined)
        : productGradients(delta, left, right, options, wants);
    return [...ofFactors, ...fused.map((_, i) => (wants[first + i] ? through(i + 1) : undefined))];
  });
  if (slope === undefined) return output;
  const apply = (g: Expr, y: Expr): Expr => expr.mul(g, slope(y));
  const sloped = (gradient: Variable): Variable => map([gradient, output], apply);
  setGate(output, output, apply);
  return output;
}

/** The product alone, and what the derivative of the rest reads it for in a pass of its own. */
function productThenMap(
  a: Value,
  b: Value | PackedMatrix,
  { activation, epilogue, operands = [], ...bare }: MatmulOptions,
): Variable {
  const product = matmul(a, b, bare);
  const rest = restOf({ activation, epilogue });
  const { pattern } = product.value;
  return map([product, ...operands], rest, {
    label: "matmul",
    ...(bare.pattern !== undefined && pattern !== undefined ? { pattern } : {}),
  });
}

/** What happens to the product: bias, activation and epilogue as one function. */
function restOf(options: {
  readonly bias?: Value | undefined;
  readonly activation?: Activation | undefined;
  readonly epilogue?: core.ElementFunction | undefined;
}): core.ElementFunction {
  const { bias, activation, epilogue } = options;
  return (product, ...fused) => {
    const biased = bias === undefined ? product : expr.add(product, fused[0] as Expr);
    const activated = activation === undefined ? biased : activation(biased);
    const operands = bias === undefined ? fused : fused.slice(1);
    return epilogue === undefined ? activated : epilogue(activated, ...operands);
  };
}

/** Whether a derivative that may be asked for reads the product, `input(0)`. */
function readsProduct(f: Expr, fused: readonly Variable[]): boolean {
  const asked = [0, ...fused.flatMap((x, i) => (x.wantsGradient ? [i + 1] : []))];
  return asked.some((i) =>
    expr
      .schedule(expr.differentiate(f, i))
      .some(({ node }) => node.kind === "input" && node.index === 0),
  );
}

function fusedProduct(
  left: Variable,
  right: Variable | PackedMatrix,
  { bias, operands, inverseRows: _, ...rest }: MatmulOptions,
): core.BlockMatrix {
  const b = right instanceof PackedMatrix ? right : right.value;
  return core.matmul(left.value, b, {
    ...rest,
    ...(bias === undefined ? {} : { bias: asVariable(bias).value }),
    ...(operands === undefined ? {} : { operands: operands.map((x) => asVariable(x).value) }),
  });
}
