import { i32, i64, type Operand, type Statement } from "../assembler/index.js";

/** Bytes of an element. */
export type ElementBytes = 2 | 4 | 8;

/** Moves an element, or adjacent ones of fewer bytes; `align` says that they may be. */
export function move(
  bytes: ElementBytes,
  to: Operand<"i32">,
  from: Operand<"i32">,
  align: ElementBytes = bytes,
): Statement {
  const access = { align };
  if (bytes === 2) return i32.store16(to, i32.load16U(from, access), access);
  if (bytes === 4) return i32.store(to, i32.load(from, access), access);
  return i64.store(to, i64.load(from, access), access);
}

/** Sets an element to 0. */
export function clear(bytes: ElementBytes, to: Operand<"i32">): Statement {
  if (bytes === 2) return i32.store16(to, 0);
  return bytes === 4 ? i32.store(to, 0) : i64.store(to, 0n);
}
