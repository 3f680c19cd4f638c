import { f32x4, f64x2, i32x4, type Operand, type Value, v128 } from "../assembler/index.js";

/** Types of arithmetic: f16 is stored only. */
export type ComputeType = "f32" | "f64" | "i32";

/** x·y + z */
type MultiplyAdd = (x: Operand<"v128">, y: Operand<"v128">, z: Operand<"v128">) => Value<"v128">;

/** What kernels need of one type of arithmetic, on vectors of {@link Arithmetic.lanes} numbers. */
export interface Arithmetic {
  readonly type: ComputeType;
  readonly bytes: 4 | 8;
  readonly lanes: number;
  add(x: Operand<"v128">, y: Operand<"v128">): Value<"v128">;
  mul(x: Operand<"v128">, y: Operand<"v128">): Value<"v128">;
  /** x·y + z rounded once, where the engine has it; i32 has it exactly anyhow. */
  readonly fusedMultiplyAdd: MultiplyAdd;
  /** One number of memory in all lanes. */
  loadSplat(at: Operand<"i32">, offset?: number): Value<"v128">;
}

const load32Splat = (at: Operand<"i32">, offset = 0): Value<"v128"> =>
  v128.load32Splat(at, { offset });

/** The arithmetic of each type. */
export const arithmetics: Readonly<Record<ComputeType, Arithmetic>> = {
  f32: {
    type: "f32",
    bytes: 4,
    lanes: 4,
    add: f32x4.add,
    mul: f32x4.mul,
    fusedMultiplyAdd: f32x4.relaxedMadd,
    loadSplat: load32Splat,
  },
  f64: {
    type: "f64",
    bytes: 8,
    lanes: 2,
    add: f64x2.add,
    mul: f64x2.mul,
    fusedMultiplyAdd: f64x2.relaxedMadd,
    loadSplat: (at, offset = 0) => v128.load64Splat(at, { offset }),
  },
  i32: {
    type: "i32",
    bytes: 4,
    lanes: 4,
    add: i32x4.add,
    mul: i32x4.mul,
    fusedMultiplyAdd: (x, y, z) => i32x4.add(z, i32x4.mul(x, y)),
    loadSplat: load32Splat,
  },
};

/** `x·y + z`, rounded once if `fused`, else twice. */
export function multiplyAddOf(type: ComputeType, fused: boolean): MultiplyAdd {
  const { add, mul, fusedMultiplyAdd } = arithmetics[type];
  return fused ? fusedMultiplyAdd : (x, y, z) => add(z, mul(x, y));
}
