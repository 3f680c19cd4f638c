/**
 * The tape: which operation made a variable, of which inputs, and the rule of its gradient.
 *
 * A tape is the graph of its nodes. The values in it belong to it: a backward pass frees each as
 * soon as no rule needs it, and so does disposing the result. `Variable.keep` exempts one.
 */
import { type BlockMatrix, computeDType } from "@blk/core";
import { isRecording } from "./recording.js";
import { type Rule, type SingleRule, TapeNode } from "./tape-node.js";
import { Variable } from "./variable.js";

/**
 * The result of an operation as a variable, with the rule of its gradient: how every operation of
 * this package ends. Recorded only if some input wants a gradient, `value` is floating point, and
 * no `noGrad` runs.
 *
 * ```ts
 * function double(x: Value): Variable {
 *   const a = asVariable(x);
 *   return record("double", [a], core.scale(a.value, 2), (gradient) => [scale(gradient, 2)]);
 * }
 * ```
 */
export function record(
  name: string,
  inputs: readonly Variable[],
  value: BlockMatrix,
  rule: SingleRule,
): Variable {
  if (!shouldRecord(inputs) || computeDType(value.dtype) === "i32") return new Variable(value);
  const node = new TapeNode(name, inputs, ([gradient], wants) =>
    gradient === undefined ? [] : rule(gradient, wants),
  );
  const output = new Variable(value, node);
  node.outputs = [output];
  return output;
}

/** {@link record} for an operation with several results. */
export function recordMany(
  name: string,
  inputs: readonly Variable[],
  values: readonly BlockMatrix[],
  rule: Rule,
): readonly Variable[] {
  if (!shouldRecord(inputs)) return values.map((value) => new Variable(value));
  const node = new TapeNode(name, inputs, rule);
  node.outputs = values.map((value) => new Variable(value, node));
  return node.outputs;
}

/** Whether an operation on these is recorded now. */
export function shouldRecord(inputs: readonly Variable[]): boolean {
  return isRecording() && inputs.some((input) => input.wantsGradient);
}
