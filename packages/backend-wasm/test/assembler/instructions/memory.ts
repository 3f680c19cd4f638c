import { type Instructions, instructions } from "../../../src/assembler/instructions.js";

const rows = [
  [0x3f, "size", "memory", "i32"],
  [0x40, "grow", "i32 memory once", "i32"],
  [0xfc00a, "copy", "i32 i32 i32 memory memory", "none"],
  [0xfc00b, "fill", "i32 i32 i32 memory", "none"],
] as const;

/**
 * Instructions of memory as a whole. Size and growth count pages of 64 KiB; `copy` takes the
 * destination, the source and a count of bytes, `fill` the destination, a byte and the count.
 */
export const memory: Instructions<typeof rows, "i32"> = instructions("memory", "i32", rows);
