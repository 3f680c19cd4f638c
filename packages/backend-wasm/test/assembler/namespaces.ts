import { i32Atomics, i64Atomics, memoryAtomics } from "../../src/assembler/atomics.js";
import {
  f32,
  f32x4,
  f64,
  f64x2,
  i8x16,
  i16x8,
  i32,
  i32x4,
  i64,
  i64x2,
  memory,
  type Statement,
  type Value,
  type ValueType,
  v128,
} from "./assembler.js";

/** Any function that makes an instruction. */
export type Make = (...given: unknown[]) => Value<ValueType> | Statement;

const { atomicFence, ...shared } = memoryAtomics;
const scalars = {
  i32: { ...i32, ...i32Atomics },
  i64: { ...i64, ...i64Atomics },
  f32,
  f64,
  memory: { ...memory, ...shared },
  atomic: { fence: atomicFence },
};
const vectors = { v128, i8x16, i16x8, i32x4, i64x2, f32x4, f64x2 };

/** All functions of the assembler that make instructions, by their names with prefix. */
export const instructions: ReadonlyMap<string, Make> = new Map(
  Object.entries({ ...scalars, ...vectors }).flatMap(([prefix, members]) =>
    Object.entries(members).map(([member, make]) => [`${prefix}.${member}`, make as Make]),
  ),
);

/** The assembler's name of an instruction: each word but the first begins with a capital. */
export function nameOf(mnemonic: string): string {
  const [prefix, ...words] = mnemonic.split(/[._]/);
  const [first, ...others] = words;
  const capitals = others.map((word) => word.charAt(0).toUpperCase() + word.slice(1));
  return `${prefix}.${first}${capitals.join("")}`;
}
