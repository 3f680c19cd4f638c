import { denseView, type Expr, type MatrixView, type Reduction, type ReductionOp } from "@blk/core";
import type { GpuBuffer } from "./buffers.js";
import { bindable, type Copies } from "./few-buffers.js";
import { launchTasks, type Task } from "./kernel-tasks.js";
import { type Combiner, combinerOf } from "./kernels/combine.js";
import {
  type ReduceKernelSpec,
  reduceInvocations,
  reduceKernel,
  reduceKernelName,
} from "./kernels/reduce.js";
import { copy } from "./map.js";
import { bind, type Operand } from "./operands.js";
import { arrange, cut, type Span } from "./reduce-plan.js";
import { type ComputeType, putConstants } from "./wgsl/expression.js";
import type { Workspace } from "./workspace.js";

/**
 * `out ← op over expression(inputs)`, per row, per column or over everything.
 *
 * Long results are computed in pieces of a length that depends on the shape alone, and what the
 * pieces give is reduced again: the same call gives the same bits, and the error of a sum grows with
 * the logarithm of its length. Tasks whose operands lie in the same buffers are one launch, or one
 * for each round.
 *
 * Throws `DTYPE` if the inputs are i32 and the expression is not defined there.
 */
export function reduce(
  workspace: Workspace,
  tasks: readonly Reduction[],
  expression: Expr,
  op: ReductionOp,
): void {
  const scratch: GpuBuffer[] = [];
  try {
    for (const type of ["f32", "i32"] as const) {
      const list = tasks.filter(({ inputs }) => (inputs[0]?.dtype === "i32") === (type === "i32"));
      if (list.length > 0) runTasks(workspace, list, expression, { op, type, scratch });
    }
  } finally {
    // What was recorded runs before anything that gets the same memory.
    for (const buffer of scratch) buffer.dispose();
  }
}

interface Manner {
  readonly op: ReductionOp;
  readonly type: ComputeType;
  /** Memory that is given back at the end. */
  readonly scratch: GpuBuffer[];
}

function runTasks(
  workspace: Workspace,
  tasks: readonly Reduction[],
  expression: Expr,
  { op, type, scratch }: Manner,
): void {
  const combiner = combinerOf(op, type);
  const known = workspace.expressions.of(expression);
  const constants = new Int32Array(known.constants.length);
  putConstants(constants, 0, known, type);
  const copies: Copies = { operation: "reduce", scratch, copy: (list) => copy(workspace, list) };
  let jobs = tasks.map(({ inputs, out }): Job => {
    const { spanOf, ...arranged } = arrange(inputs[0]!, out);
    const used = known.inputs.map((index) => inputs[index]!);
    const [, ...views] = bindable(workspace, [out, ...used], copies);
    return { ...arranged, out, inputs: views.map((view) => ({ view, ...spanOf(view) })) };
  });
  let source: ReduceKernelSpec["source"] = { known, type };
  for (let header = constants; jobs.length > 0; header = new Int32Array(0)) {
    jobs = runRound(workspace, jobs, { source, combiner, header, scratch });
    source = "partial";
  }
}

/** Reductions of `length` elements each; element l lies at (l / inner, l % inner) of its windows. */
interface Job {
  readonly results: number;
  readonly length: number;
  readonly inner: number;
  readonly inputs: readonly (Span & { readonly view: MatrixView })[];
  readonly out: MatrixView;
  /** From one result to the next. */
  readonly outStride: number;
}

interface Round {
  readonly source: ReduceKernelSpec["source"];
  readonly combiner: Combiner;
  readonly header: Int32Array;
  readonly scratch: GpuBuffer[];
}

/** Computes the results of jobs that are one piece, and pieces of the others; what is left to do. */
function runRound(workspace: Workspace, jobs: readonly Job[], round: Round): Job[] {
  const { words } = round.combiner;
  const cuts = jobs.map((job) => cut(job, reduceInvocations));
  const partialWords = jobs.reduce(
    (sum, { results }, i) => sum + (cuts[i]!.pieces > 1 ? results * cuts[i]!.pieces * words : 0),
    0,
  );
  let memory: MatrixView | undefined;
  if (partialWords > 0) {
    const buffer = workspace.buffers.allocate(4 * partialWords);
    round.scratch.push(buffer);
    memory = denseView(buffer, "i32", 1, partialWords);
  }
  const direct: Task[] = [];
  const pieces: Task[] = [];
  const rest: Job[] = [];
  let offset = 0;
  jobs.forEach((job, i) => {
    const { results, length, inner, inputs, out, outStride } = job;
    const { width, chunk, pieces: count } = cuts[i]!;
    const partial = count === 1 ? undefined : memory;
    const target = partial ?? out;
    const toResult = partial === undefined ? outStride : count * words;
    const operands: Operand[] = [
      { view: target, isWritten: true },
      ...inputs.map(({ view }) => ({ view, isWritten: false })),
    ];
    (partial === undefined ? direct : pieces).push({
      bindings: bind(workspace.buffers, operands, "reduce"),
      tiles: Math.ceil(results / width) * count,
      words: [
        results,
        length,
        inner,
        width,
        chunk,
        count,
        partial === undefined ? out.offset : offset,
        toResult,
        words,
        ...inputs.flatMap(({ offset: at, result, outer, inner: step }) => [
          at,
          result,
          outer,
          step,
        ]),
      ],
    });
    if (partial === undefined) return;
    rest.push({
      results,
      length: count,
      inner: count,
      inputs: [{ view: partial, offset, result: toResult, outer: 0, inner: words }],
      out,
      outStride,
    });
    offset += results * count * words;
  });
  const { source, combiner, header } = round;
  for (const [list, isPartial] of [
    [direct, false],
    [pieces, true],
  ] as const) {
    launchTasks(workspace, list, {
      operation: "reduce",
      header,
      kernelOf: (bindings) => {
        const spec: ReduceKernelSpec = { source, combiner, isPartial };
        return workspace.kernel(reduceKernelName(spec, bindings), () =>
          reduceKernel(spec, bindings),
        );
      },
    });
  }
  return rest;
}
