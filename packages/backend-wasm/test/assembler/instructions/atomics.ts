import { type Instructions, instructions } from "../../../src/assembler/instructions.js";

const rows = [
  [0xfe010, "atomicLoad", "i32 access once", "t"],
  [0xfe01e, "atomicRmwAdd", "i32 t access once", "t"],
] as const;

/** The atomic instructions of i32 that tests need; where there is an effect, it must happen once. */
export const atomics: Instructions<typeof rows, "i32"> = instructions("i32", "i32", rows);
