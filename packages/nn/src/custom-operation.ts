import { BlkError, type BlockMatrix } from "@blk/core";
import { checkFunction } from "./check-arguments.js";
import { isRecording } from "./recording.js";
import { record, recordMany } from "./tape.js";
import { asVariable, type Value, Variable } from "./variable.js";

/** The gradient of one input, or `undefined` for zero. */
export type InputGradients = readonly (BlockMatrix | undefined)[];

/** An operation with one result, on matrices, as plain data: any package can write one. */
export interface Operation {
  /** For messages. */
  readonly name: string;
  forward(...inputs: BlockMatrix[]): BlockMatrix;
  /**
   * The gradients of the inputs from that of the output. Runs in a `scope`; what it returns must be
   * made by it, or be (a view of) one of its arguments. `wants` says for which inputs it is asked.
   */
  backward(
    gradient: BlockMatrix,
    inputs: readonly BlockMatrix[],
    output: BlockMatrix,
    wants: readonly boolean[],
  ): InputGradients;
}

/** {@link Operation} with several results. */
export interface OperationOfMany {
  readonly name: string;
  forward(...inputs: BlockMatrix[]): readonly BlockMatrix[];
  /** `gradients[i]` is `undefined` where nothing depends on output i. */
  backward(
    gradients: readonly (BlockMatrix | undefined)[],
    inputs: readonly BlockMatrix[],
    outputs: readonly BlockMatrix[],
    wants: readonly boolean[],
  ): InputGradients;
}

/**
 * A function of variables from a forward and a backward function of matrices. It has a first
 * derivative; `createGraph` through it throws `UNSUPPORTED`: write it with operations on variables
 * instead, or with `record`, to have more.
 *
 * ```ts
 * const cube = differentiable({
 *   name: "cube",
 *   forward: (x) => map(x, (x) => expr.pow(x, 3)),
 *   backward: (g, [x]) => [map([g, x], (g, x) => expr.mul(g, expr.mul(3, expr.mul(x, x))))],
 * });
 * ```
 */
export function differentiable(operation: Operation): (...inputs: Value[]) => Variable {
  checkOperation("differentiable", operation);
  return (...operands) => {
    const inputs = operands.map(asVariable);
    const values = inputs.map(({ value }) => value);
    const output = operation.forward(...values);
    return record(operation.name, inputs, output, (gradient, wants) => {
      checkFirst(operation.name);
      const asked = wants.map(Boolean);
      return variables(operation.backward(gradient.value, values, output, asked));
    });
  };
}

/** {@link differentiable} for an operation with several results. */
export function differentiableMany(
  operation: OperationOfMany,
): (...inputs: Value[]) => readonly Variable[] {
  checkOperation("differentiableMany", operation);
  return (...operands) => {
    const inputs = operands.map(asVariable);
    const values = inputs.map(({ value }) => value);
    const outputs = operation.forward(...values);
    return recordMany(operation.name, inputs, outputs, (gradients, wants) => {
      checkFirst(operation.name);
      const arrived = gradients.map((gradient) => gradient?.value);
      const asked = wants.map(Boolean);
      return variables(operation.backward(arrived, values, outputs, asked));
    });
  };
}

function checkOperation(name: string, operation: Operation | OperationOfMany): void {
  const example = "{ name, forward, backward }";
  checkFunction(name, `forward of ${example}`, operation?.forward, "(x) => map(x, f)");
  checkFunction(name, `backward of ${example}`, operation?.backward, "(g, [x]) => [map(g, h)]");
}

function checkFirst(name: string): void {
  if (!isRecording()) return;
  throw new BlkError(
    "UNSUPPORTED",
    `gradients: ${name} has a first derivative only, so createGraph cannot record it; leave createGraph out, or build it of operations on variables`,
  );
}

function variables(gradients: InputGradients): readonly (Variable | undefined)[] {
  return gradients.map((gradient) => gradient && new Variable(gradient));
}
