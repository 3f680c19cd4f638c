import { describe, expect, test } from "vitest";
import * as set from "../../src/assembler/index.js";
import * as all from "./assembler.js";

// What kernels use, against the tables that are compared with wabt.

type Make = (...given: unknown[]) => set.Value<set.ValueType>;
type Namespaces = Readonly<Record<string, Readonly<Record<string, Make>>>>;

/** Operands of any type, until the instruction takes them. */
function made(make: Make): unknown {
  const { f32, f64, i32, i64, v128 } = all;
  const operands = [i32.const(1), i64.const(1n), f32.const(1), f64.const(1), zeros(v128)];
  const lists: unknown[][] = [[]];
  for (const list of lists) {
    for (const last of [[], [0], [Array(16).fill(3)]]) {
      try {
        const { type, bytes, traits, name } = make(...list, ...last);
        return { type, bytes, traits, name, takes: list };
      } catch {
        // It takes something else.
      }
    }
    if (list.length < 3) lists.push(...operands.map((operand) => [...list, operand]));
  }
  return undefined;
}

function zeros({ const: constant }: typeof all.v128): unknown {
  return constant(new Uint8Array(16));
}

describe.each([
  "i32",
  "i64",
  "memory",
  "v128",
  "i8x16",
  "i16x8",
  "i32x4",
  "i64x2",
  "f32x4",
  "f64x2",
])("%s", (prefix) => {
  const [used, known] = [set, all].map((each) => (each as unknown as Namespaces)[prefix]!);
  const names = Object.keys(used!).filter((name) => name !== "const");

  test.each(names)("%s", (name) => {
    const instruction = made(used![name]!);
    expect(instruction).toBeDefined();
    expect(instruction).toEqual(made(known![name]!));
  });
});
