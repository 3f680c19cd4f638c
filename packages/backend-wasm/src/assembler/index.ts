/**
 * A typed assembler for WebAssembly, in the manner of its folded text format: instructions are
 * values, made by functions named as in the specification and written where they are used.
 */
export type { Label } from "./code.js";
export type { Func } from "./func.js";
export type { FunctionBuilder } from "./function-builder.js";
export {
  f32x4,
  f64x2,
  i8x16,
  i16x8,
  i32,
  i32x4,
  i64,
  i64x2,
  memory,
  v128,
} from "./instruction-set.js";
export type { Local } from "./local.js";
export { type MemoryLimits, ModuleBuilder } from "./module-builder.js";
export type { ValueType } from "./types.js";
export type { Operand, Statement, Value } from "./value.js";
