import { type Instructions, instructions } from "./instructions.js";

/** Atomic instructions of i32; those of i64 are one stride away. */
const atomics = [
  [0xfe010, "atomicLoad", "i32 atomic", "t", 1],
  [0xfe012, "atomicLoad8U atomicLoad16U", "i32 atomic", "t", 2],
  [0xfe017, "atomicStore", "i32 t atomic", "none", 1],
  [0xfe019, "atomicStore8 atomicStore16", "i32 t atomic", "none", 2],
  [0xfe01e, "atomicRmwAdd", "i32 t atomic", "t", 1],
  [0xfe020, "atomicRmw8AddU atomicRmw16AddU", "i32 t atomic", "t", 2],
  [0xfe025, "atomicRmwSub", "i32 t atomic", "t", 1],
  [0xfe027, "atomicRmw8SubU atomicRmw16SubU", "i32 t atomic", "t", 2],
  [0xfe02c, "atomicRmwAnd", "i32 t atomic", "t", 1],
  [0xfe02e, "atomicRmw8AndU atomicRmw16AndU", "i32 t atomic", "t", 2],
  [0xfe033, "atomicRmwOr", "i32 t atomic", "t", 1],
  [0xfe035, "atomicRmw8OrU atomicRmw16OrU", "i32 t atomic", "t", 2],
  [0xfe03a, "atomicRmwXor", "i32 t atomic", "t", 1],
  [0xfe03c, "atomicRmw8XorU atomicRmw16XorU", "i32 t atomic", "t", 2],
  [0xfe041, "atomicRmwXchg", "i32 t atomic", "t", 1],
  [0xfe043, "atomicRmw8XchgU atomicRmw16XchgU", "i32 t atomic", "t", 2],
  [0xfe048, "atomicRmwCmpxchg", "i32 t t atomic", "t", 1],
  [0xfe04a, "atomicRmw8CmpxchgU atomicRmw16CmpxchgU", "i32 t t atomic", "t", 2],
] as const;

const i64Only = [
  [0xfe016, "atomicLoad32U", "i32 atomic", "t"],
  [0xfe01d, "atomicStore32", "i32 t atomic", "none"],
  [0xfe024, "atomicRmw32AddU", "i32 t atomic", "t"],
  [0xfe02b, "atomicRmw32SubU", "i32 t atomic", "t"],
  [0xfe032, "atomicRmw32AndU", "i32 t atomic", "t"],
  [0xfe039, "atomicRmw32OrU", "i32 t atomic", "t"],
  [0xfe040, "atomicRmw32XorU", "i32 t atomic", "t"],
  [0xfe047, "atomicRmw32XchgU", "i32 t atomic", "t"],
  [0xfe04e, "atomicRmw32CmpxchgU", "i32 t t atomic", "t"],
] as const;

/** What i32 and i64 have in common. */
export type IntegerAtomics<T extends "i32" | "i64"> = Instructions<typeof atomics, T>;

/** The atomic instructions of i32 (place 0) or i64 (place 1). */
export function integerAtomics<T extends "i32" | "i64">(type: T, place: number): IntegerAtomics<T> {
  return instructions(type, type, atomics, place);
}

/** Those of i64 on 32 bits. */
export const halfAtomics: Instructions<typeof i64Only, "i64"> = instructions("i64", "i64", i64Only);
