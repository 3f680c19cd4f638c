/** @blk/nn: automatic differentiation, layers, losses, optimisers and training, on `@blk/core`. */

export { checkpoint, checkpointed } from "./checkpoint.js";
export {
  differentiable,
  differentiableMany,
  type InputGradients,
  type Operation,
  type OperationOfMany,
} from "./custom-operation.js";
export * from "./fit/index.js";
export { type GradientOptions, gradients } from "./gradients.js";
export type { ImageShape, Pair, WindowOptions } from "./images/geometry.js";
export { type BlockSparseLinearOptions, blockSparseLinear } from "./layers/block-sparse-linear.js";
export { type Conv2dOptions, conv2d } from "./layers/conv2d.js";
export { dropout } from "./layers/dropout.js";
export { type EmbeddingOptions, embedding } from "./layers/embedding.js";
export { flatten, type ImageModule, pixels } from "./layers/image-module.js";
export { type LinearOptions, linear } from "./layers/linear.js";
export {
  type AttentionLayerOptions,
  type AttentionModule,
  multiHeadAttention,
} from "./layers/multi-head-attention.js";
export { layerNorm, type NormOptions, rmsNorm } from "./layers/norms.js";
export { averagePool, maxPool, type PoolOptions } from "./layers/pooling.js";
export { type Step, sequential } from "./layers/sequential.js";
export { type TransformerBlockOptions, transformerBlock } from "./layers/transformer-block.js";
export { binaryCrossEntropy } from "./losses/binary-cross-entropy.js";
export { meanSquaredError } from "./losses/mean-squared-error.js";
export { softmaxCrossEntropy } from "./losses/softmax-cross-entropy.js";
export {
  disposeModule,
  type Module,
  type NamedModule,
  type NamedParameter,
  parametersOf,
  type Training,
} from "./module.js";
export { assemble, blockDiagonal } from "./ops/assemble.js";
export { type AttentionOptions, attention } from "./ops/attention.js";
export { block, blocks, window } from "./ops/block.js";
export { cast } from "./ops/cast.js";
export { columnsOfDiagonal, diagonalOfColumns } from "./ops/diagonal-of-columns.js";
export { add, div, maximum, minimum, mul, scale, sub } from "./ops/elementwise.js";
export { gather, scatterAdd } from "./ops/gather.js";
export { type MapOptions, map } from "./ops/map.js";
export { type MatmulOptions, matmul } from "./ops/matmul.js";
export { mean } from "./ops/mean.js";
export { norm } from "./ops/norm.js";
export { type NormaliseOptions, normaliseRows } from "./ops/normalise-rows.js";
export { max, min, reduce, sum } from "./ops/reduce.js";
export { repartition } from "./ops/repartition.js";
export { reshape } from "./ops/reshape.js";
export { restrict } from "./ops/restrict.js";
export { softmax } from "./ops/softmax.js";
export { toDense } from "./ops/to-dense.js";
export { transpose } from "./ops/transpose.js";
export { transposeParts } from "./ops/transpose-parts.js";
export { type AdamOptions, type AdamWOptions, adam, adamW } from "./optimisers/adam.js";
export { globalNorm } from "./optimisers/global-norm.js";
export type { NamedMatrix, Optimiser } from "./optimisers/optimiser.js";
export {
  constantRate,
  cosineRate,
  type Rate,
  type Schedule,
  stepRate,
} from "./optimisers/schedules.js";
export { type SgdOptions, sgd } from "./optimisers/sgd.js";
export { Random, type RandomState } from "./random.js";
export { isRecording, noGrad } from "./recording.js";
export * from "./safetensors/index.js";
export { record, recordMany } from "./tape.js";
export type { Rule, SingleRule, Want } from "./tape-node.js";
export { asVariable, parameter, type Value, Variable } from "./variable.js";
