import * as core from "@blk/core";
import { type ElementFunction, expr } from "@blk/core";
import { elementwiseGradient } from "../elementwise-gradient.js";
import { setGate, takeGate } from "../gate.js";
import { record } from "../tape.js";
import { asVariable, type Value, type Variable } from "../variable.js";

/** Options of {@link map} and of the elementwise operations. */
export type MapOptions = Omit<core.MapOptions, "out">;

/**
 * `fn` of each element, as `map` of `@blk/core`; its derivative is taken symbolically, and each
 * gradient is one fused pass. Errors as there.
 *
 * ```ts
 * const y = map([x, scale], (x, s) => expr.mul(expr.tanh(x), s));
 * ```
 */
export function map(
  operands: Value | readonly Value[],
  fn: ElementFunction,
  options: MapOptions = {},
): Variable {
  const inputs = variablesOf(operands);
  const values = inputs.map(({ value }) => value);
  const value = core.map(values, fn, options);
  const output: Variable = record(options.label ?? "map", inputs, value, (gradient, wants) => {
    if (takeGate(output)) return [gradient];
    const function_ = treeOf(fn, inputs.length);
    return inputs.map((_, i) =>
      wants[i] ? elementwiseGradient(gradient, inputs, function_, i) : undefined,
    );
  });
  const [only] = inputs;
  if (inputs.length === 1 && only !== undefined && only.dtype === output.dtype) {
    setGate(output, only, (g, x) => {
      const slope = expr.differentiate(treeOf(fn, 1));
      return expr.mul(
        g,
        expr.substitute(slope, () => x),
      );
    });
  }
  return output;
}

/** One operand or several, as variables. */
export function variablesOf(operands: Value | readonly Value[]): readonly Variable[] {
  return Array.isArray(operands)
    ? (operands as readonly Value[]).map(asVariable)
    : [asVariable(operands as Value)];
}

/** The tree that an element function builds for `count` operands. */
export function treeOf(fn: ElementFunction, count: number): core.Expr {
  const inputs: core.Expr[] = [];
  for (let i = 0; i < count; i++) inputs.push(expr.input(i));
  const built = fn(...inputs);
  return typeof built === "number" ? expr.constant(built) : built;
}
