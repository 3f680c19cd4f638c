import { type Instructions, instructions } from "./instructions.js";

// Instructions of memory that threads share. No kernel has them so far, for threads meet in
// JavaScript: bundlers leave out what nobody imports.

/** Those of i32; those of i64 are one stride away. */
const integers = [
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

const memoryRows = [
  [0xfe000, "atomicNotify", "i32 i32 atomic", "i32"],
  [0xfe001, "atomicWait32", "i32 i32 i64 atomic", "i32"],
  [0xfe002, "atomicWait64", "i32 i64 i64 atomic", "i32"],
  [0xfe003, "atomicFence", "order", "none"],
] as const;

/** Atomic instructions of i32. */
export const i32Atomics: Instructions<typeof integers, "i32"> = /* @__PURE__ */ instructions(
  "i32",
  "i32",
  integers,
);

/** Those of i64, on eight bytes or on fewer. */
export const i64Atomics: Instructions<typeof integers, "i64"> &
  Instructions<typeof i64Only, "i64"> = {
  .../* @__PURE__ */ instructions("i64", "i64", integers, 1),
  .../* @__PURE__ */ instructions("i64", "i64", i64Only),
};

/** Waiting for a number in memory, waking those who do (a count of them), and a fence. */
export const memoryAtomics: Instructions<typeof memoryRows, "i32"> = /* @__PURE__ */ instructions(
  "memory",
  "i32",
  memoryRows,
);
