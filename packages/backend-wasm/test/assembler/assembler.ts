/** The assembler with all instructions of the specification, where the backend's has what kernels use. */
export {
  type Func,
  type FunctionBuilder,
  type Label,
  type Local,
  type MemoryLimits,
  ModuleBuilder,
  type Operand,
  type Statement,
  type Value,
  type ValueType,
} from "../../src/assembler/index.js";
export { f32x4, f64x2 } from "./instructions/float-vectors.js";
export { i8x16, i16x8, i32x4, i64x2 } from "./instructions/integer-vectors.js";
export { memory } from "./instructions/memory.js";
export { type Float, f32, f64, i32, i64 } from "./instructions/scalars.js";
export { v128 } from "./instructions/vectors.js";
