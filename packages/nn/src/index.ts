/** @blk/nn: automatic differentiation, layers, losses, optimisers and training, on `@blk/core`. */

export {
  differentiable,
  differentiableMany,
  type InputGradients,
  type Operation,
  type OperationOfMany,
} from "./custom-operation.js";
export { type GradientOptions, gradients } from "./gradients.js";
export {
  disposeModule,
  type Module,
  type NamedModule,
  type NamedParameter,
  parametersOf,
  type Training,
} from "./module.js";
export { cast } from "./ops/cast.js";
export { add, div, maximum, minimum, mul, scale, sub } from "./ops/elementwise.js";
export { gather, scatterAdd } from "./ops/gather.js";
export { type MapOptions, map } from "./ops/map.js";
export { type MatmulOptions, matmul } from "./ops/matmul.js";
export { max, min, reduce, sum } from "./ops/reduce.js";
export { repartition } from "./ops/repartition.js";
export { restrict } from "./ops/restrict.js";
export { toDense } from "./ops/to-dense.js";
export { transpose } from "./ops/transpose.js";
export { Random, type RandomState } from "./random.js";
export { isRecording, noGrad } from "./recording.js";
export * from "./safetensors/index.js";
export { record, recordMany } from "./tape.js";
export type { Rule, SingleRule, Want } from "./tape-node.js";
export { asVariable, parameter, type Value, Variable } from "./variable.js";
