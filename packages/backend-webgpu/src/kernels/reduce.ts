import { type Kernel, paramsDeclaration } from "../kernel.js";
import { headerAt, taskMain } from "../kernel-tasks.js";
import type { KnownExpression } from "../known-expressions.js";
import type { Bindings } from "../operands.js";
import { type ComputeType, expressionFunction } from "../wgsl/expression.js";
import { declareFunctions, type FunctionName } from "../wgsl/functions.js";
import { loadAs, Memory } from "../wgsl/memory.js";
import type { Combiner } from "./combine.js";

/** Invocations of a workgroup. */
export const reduceInvocations: number = 64;

export interface ReduceKernelSpec {
  /** What is reduced: the values of an expression, or states of an earlier round. */
  readonly source: { readonly known: KnownExpression; readonly type: ComputeType } | "partial";
  readonly combiner: Combiner;
  /** Whether states are written instead of results. */
  readonly isPartial: boolean;
}

export function reduceKernelName(
  { source, combiner: { op, type }, isPartial }: ReduceKernelSpec,
  bindings: Bindings,
): string {
  const from = source === "partial" ? "partial" : source.known.key;
  return `reduce_${op}_${type}_${from}${isPartial ? "_to_partial" : ""}_${bindings.key}`;
}

/**
 * Results over elements of any strides.
 *
 * | operand | |
 * |---|---|
 * | 0 | out, or states of `combiner.words` words |
 * | 1, … | the inputs that occur, ascending; or states |
 *
 * The header holds the constants. A task's words:
 *
 * | word | |
 * |---|---|
 * | 0, 1, 2 | results; elements of each; elements of its inner rows |
 * | 3 | `width`: results of a workgroup |
 * | 4, 5 | elements of a piece; pieces of a result |
 * | 6, 7, 8 | where out begins; from result to result; from piece to piece |
 * | 9 + 4i … | of input i: where it begins; from result to result, outer row to outer row, element to element |
 *
 * ```
 * invocations of a workgroup, width = 4:      lane 0   lane 1   lane 2   …
 *                                  result 0      0        4        8
 *                                  result 1      1        5        9
 *                                  result 2      2        6       10
 *                                  result 3      3        7       11
 * ```
 * Lane i takes elements i, i + lanes, …; then halves of the lanes are merged until one is left.
 */
export function reduceKernel(
  { source, combiner, isPartial }: ReduceKernelSpec,
  bindings: Bindings,
): Omit<Kernel, "name"> {
  const memory = new Memory(bindings);
  const uses: FunctionName[] = [...combiner.uses];
  const code: string[] = [];
  let element: string;
  if (source === "partial") {
    element = loadState(memory, 1, combiner);
  } else {
    const { known, type } = source;
    const evaluate = expressionFunction("evaluate", known, type, headerAt);
    const values = known.inputs.map((_, i) => loadAs(memory, type, i + 1, indexOf(i)));
    uses.push(...evaluate.uses, ...values.flatMap((value) => value.uses));
    code.push(evaluate.code);
    element = `one(evaluate(${values.map((value) => value.code).join(", ")}), i32(element))`;
  }
  const at =
    "u32(params[task + 6] + i32(result) * params[task + 7] + i32(piece) * params[task + 8])";
  const body = `  let results = u32(params[task]);
  let inner = u32(params[task + 2]);
  let width = u32(params[task + 3]);
  let chunk = u32(params[task + 4]);
  let pieces = u32(params[task + 5]);
  let result = (tile / pieces) * width + local % width;
  let piece = tile % pieces;
  let lane = local / width;
  let lanes = ${reduceInvocations}u / width;
  let end = min(u32(params[task + 1]), (piece + 1u) * chunk);
  var state = nothing();
  if (result < results) {
    for (var element = piece * chunk + lane; element < end; element += lanes) {
      state = merged(state, ${element});
    }
  }
  states[local] = state;
  workgroupBarrier();
  for (var step = lanes / 2u; step > 0u; step /= 2u) {
    if (lane < step) { states[local] = merged(states[local], states[local + step * width]); }
    workgroupBarrier();
  }
  if (lane == 0u && result < results) {
    let a = states[local];
    let at = ${at};
    ${isPartial ? storeState(memory, combiner) : memory.store(0, "at", combiner.result)}
  }`;
  const { state, type, start, one, merged } = combiner;
  const inputs = bindings.operands.length - 1;
  const header = source === "partial" ? 0 : source.known.constants.length;
  return {
    code: [
      memory.declarations,
      paramsDeclaration,
      declareFunctions(uses),
      ...code,
      `var<workgroup> states: array<${state}, ${reduceInvocations}>;`,
      `fn nothing() -> ${state} { return ${start}; }`,
      `fn one(x: ${type}, place: i32) -> ${state} { return ${one}; }`,
      `fn merged(a: ${state}, b: ${state}) -> ${state} { return ${merged}; }`,
      taskMain(header, 9 + 4 * inputs, reduceInvocations, body),
    ].join("\n"),
    writes: memory.writes,
  };
}

/** Where the element of an input lies. */
function indexOf(input: number): string {
  const [begin, result, outer, inner] = [0, 1, 2, 3].map(
    (i) => `params[task + ${9 + 4 * input + i}]`,
  );
  return `u32(${begin} + i32(result) * ${result} + i32(element / inner) * ${outer} + i32(element % inner) * ${inner})`;
}

function loadState(memory: Memory, operand: number, { state }: Combiner): string {
  const at = indexOf(operand - 1);
  const word = memory.load(operand, at);
  if (state === "vec2<i32>") return `vec2<i32>(${word}, ${memory.load(operand, `${at} + 1u`)})`;
  return state === "f32" ? `bitcast<f32>(${word})` : word;
}

function storeState(memory: Memory, { state }: Combiner): string {
  if (state === "vec2<i32>") {
    return `${memory.store(0, "at", "a.x")} ${memory.store(0, "at + 1u", "a.y")}`;
  }
  return memory.store(0, "at", state === "f32" ? "bitcast<i32>(a)" : "a");
}
