import { BlkError, describeValue, scope } from "@blk/core";
import { checkFunction } from "./check-arguments.js";
import { gradients } from "./gradients.js";
import { checkModule, type Module } from "./module.js";
import { Random } from "./random.js";
import { isRecording, noGrad, withRecording } from "./recording.js";
import { record } from "./tape.js";
import { asVariable, type Value, Variable } from "./variable.js";

/**
 * `fn(...inputs)`, of which only the inputs are kept for the backward pass: that computes it again.
 * `fn` may read the given `parameters` and constants beside its inputs, but no other variable that
 * wants a gradient, and must compute the same when called again: with random numbers, from a
 * stream that it makes itself of a fixed state. Has a first derivative only.
 *
 * Throws `ARGUMENT` for `parameters` that are results of operations (pass those as inputs), and for a
 * function that gives no variable.
 *
 * ```ts
 * const y = checkpoint((x) => block.forward(x), [x], block.parameters.map((p) => p.variable));
 * ```
 */
export function checkpoint(
  fn: (...inputs: Variable[]) => Variable,
  inputs: readonly Value[],
  parameters: readonly Variable[] = [],
): Variable {
  checkFunction("checkpoint", "fn", fn, "(x) => block.forward(x)");
  const computed = parameters.find((variable) => variable.node !== undefined);
  if (computed !== undefined) {
    throw new BlkError(
      "ARGUMENT",
      `checkpoint: ${computed} is the result of an operation, not a parameter; pass it as an input of the function`,
    );
  }
  const own = inputs.map(asVariable);
  const value = scope(() => {
    const result = noGrad(() => fn(...own));
    if (result instanceof Variable) return result.value;
    throw new BlkError(
      "ARGUMENT",
      `checkpoint: expected the function to give a variable, got ${describeValue(result)}`,
    );
  });
  const output = record("checkpoint", [...own, ...parameters], value, (gradient, wants) => {
    if (isRecording()) {
      throw new BlkError(
        "UNSUPPORTED",
        "gradients: a checkpoint has a first derivative only, so createGraph cannot record it; leave out one of them",
      );
    }
    const leaves = own.map((input, i) => new Variable(input.value, undefined, wants[i] !== false));
    const wanted = [...leaves, ...parameters].filter((_, i) => wants[i]);
    const again = withRecording(true, () => fn(...leaves));
    const found = gradients(again, wanted, { seed: gradient.value });
    let next = 0;
    return wants.map((want) => (want ? found[next++] : undefined));
  });
  if (output.node !== undefined) {
    output.node.again = () => {
      const leaves = own.map((x) => new Variable(x.value, undefined, x.wantsGradient));
      return withRecording(true, () => fn(...leaves));
    };
  }
  return output;
}

/** A module of which only the input is kept for the backward pass. See {@link checkpoint}. */
export function checkpointed(module: Module): Module {
  checkModule("checkpointed", module);
  const { parameters } = module;
  const variables = parameters.map(({ variable }) => variable);
  return {
    kind: `checkpointed ${module.kind}`,
    parameters,
    ...(module.children && { children: module.children }),
    ...(module.dispose && { dispose: () => module.dispose?.() }),
    forward: (x, training) => {
      const state = training?.random.fork().state();
      const forward = (x: Variable): Variable =>
        module.forward(x, state && { random: new Random(state) });
      return checkpoint(forward, [x], variables);
    },
  };
}
