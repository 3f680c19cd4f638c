/** @blk/core: block matrices, their operations, and the contract of the backends that compute them. */
export type * from "./backend.js";
export { allocateMatrix, BlockMatrix } from "./block-matrix.js";
export { BlockPattern, type BlockPosition, type PatternLike } from "./block-pattern.js";
export { checkBackend, checkOptions } from "./check-arguments.js";
export { checked } from "./checked-backend.js";
export {
  bytesPerElement,
  computeDType,
  type DType,
  describeValue,
  dtypeOf,
  dtypes,
  type HostArray,
  newHostArray,
  unitRoundoff,
} from "./dtype.js";
export { BlkError, type BlkErrorCode, isBlkError } from "./errors.js";
export type { BinaryOp, Expr, UnaryOp } from "./expression/expression.js";
export * from "./expression/functions.js";
export * as expr from "./expression/index.js";
export { decodeHalf, encodeHalf } from "./half.js";
export type { HostData } from "./host-data.js";
export type { Layout, MatrixOptions, ShapedOptions } from "./matrix-options.js";
export { assemble, blockDiagonal } from "./ops/assemble.js";
export { block, blocks, window } from "./ops/block.js";
export { cast, restrict, toBlockSparse, transfer } from "./ops/convert.js";
export { columnsOfDiagonal, diagonalOfColumns } from "./ops/diagonal-of-columns.js";
export { add, div, maximum, minimum, mul, scale, sub } from "./ops/elementwise.js";
export { explainMatmul, type MatmulCost, type MatmulExplanation } from "./ops/explain.js";
export type { ElementFunction } from "./ops/expression-of.js";
export { type GatherOptions, gather, type Indices, scatterAdd } from "./ops/gather.js";
export { type MapOptions, map } from "./ops/map.js";
export { type IntoTask, mapInto } from "./ops/map-into.js";
export { type MatmulOptions, matmul } from "./ops/matmul.js";
export { checkFloatingPoint, commonBackend, commonDType } from "./ops/operands.js";
export { type PackOptions, pack } from "./ops/pack.js";
export {
  argmax,
  type GeneralReduceOptions,
  max,
  mean,
  min,
  norm,
  type Per,
  type ReduceOptions,
  reduce,
  sum,
} from "./ops/reduce.js";
export { type RepartitionOptions, repartition } from "./ops/repartition.js";
export { type ReshapeOptions, reshape } from "./ops/reshape.js";
export { type SoftmaxOptions, softmax } from "./ops/softmax.js";
export { toDense } from "./ops/to-dense.js";
export { transpose } from "./ops/transpose.js";
export { transposeParts } from "./ops/transpose-parts.js";
export { PackedMatrix } from "./packed-matrix.js";
export { conform, Partition, type PartitionLike } from "./partition.js";
export type { NumberArray, ReadOptions } from "./read-elements.js";
export {
  BackendRegistry,
  type OpenOptions,
  openBackend,
  type SkippedBackend,
} from "./registry.js";
export { scope, unscoped } from "./scope.js";
export { asyncDisposeSymbol, disposeSymbol, type Holder, heldSymbol } from "./symbols.js";
export {
  broadcastView,
  denseView,
  isContiguous,
  transposeView,
  viewBytes,
  viewExtent,
  viewsOverlap,
  windowView,
} from "./view.js";
