import { setFlagsFromString } from "node:v8";
import { describe, expect, test } from "vitest";
import { ModuleBuilder, type ValueType } from "./assembler.js";
import { instructions, nameOf } from "./namespaces.js";
import { relaxed, type SpecifiedInstruction, standard } from "./specification.js";
import { disassembler } from "./wabt.js";

// Each instruction in a module of its own, read by wabt and by the engine: the opcode must be that
// of the mnemonic, and what it takes and leaves as specified.

const disassemble = await disassembler();

/** A module of one function, which applies the instruction to its parameters. */
function moduleOf(specified: SpecifiedInstruction, immediates: readonly unknown[]) {
  const { mnemonic, operands, result } = specified;
  const make = instructions.get(nameOf(mnemonic))!;
  const m = new ModuleBuilder();
  m.importMemory("env", "memory", { initial: 1, maximum: 2, shared: true });
  const params: Record<string, ValueType> = {};
  operands.forEach((type, index) => {
    params[`p${index}`] = type;
  });
  const results: ValueType[] = result === "none" ? [] : [result];
  m.func("f", { params, results }, (f, locals) => {
    const value = make(...Object.values(locals), ...immediates);
    if (value.type !== "none") return [value];
    f.do(value);
    return undefined;
  });
  return m.build();
}

/** The lines of the function behind those that load its parameters. */
function linesOf(bytes: Uint8Array, operandCount: number): string[] {
  const [, body = ""] = /\(func \$f[^\n]*\n([\s\S]*)\)\)\s*$/.exec(disassemble(bytes)) ?? [];
  const lines = body.split("\n").map((line) => line.trim());
  const loads = lines.splice(0, operandCount);
  expect(loads).toEqual(loads.map((_, index) => `local.get ${index}`));
  return lines;
}

/** Immediates as they are passed, and as text. */
type Variant = readonly [immediates: readonly unknown[], text: string];

const shuffled = [31, 0, 16, 15, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 30];

function variantsOf({ width, lanes, atomic, shuffle }: SpecifiedInstruction): Variant[] {
  if (shuffle) return [[[shuffled], ` ${shuffled.join(" ")}`]];
  const accesses: Variant[] = [[[], ""]];
  if (width !== undefined) {
    accesses.push([[{ offset: 4294967295 }], " offset=4294967295"], [[{}], ""]);
  }
  if (width !== undefined && !atomic) {
    for (let align = 1; align < width; align *= 2) {
      accesses.push([[{ align, offset: 128 }], ` offset=128 align=${align}`]);
    }
    accesses.push([[{ align: width }], ""]);
  }
  if (lanes === undefined) return accesses;
  return accesses.flatMap(([access, text]) =>
    [0, lanes - 1].map((lane): Variant => [[lane, ...access], `${text} ${lane}`]),
  );
}

describe("instructions", () => {
  test("are all that the specification has, and no others", () => {
    const constants = ["i32.const", "i64.const", "f32.const", "f64.const", "v128.const"];
    const specified = [...standard, ...relaxed].map(({ mnemonic }) => nameOf(mnemonic));
    expect([...instructions.keys()].sort()).toEqual([...specified, ...constants].sort());
    expect(new Set(specified).size).toBe(specified.length);
  });

  // Node 20 has relaxed SIMD only behind a flag, which later ones no longer know.
  if (process.versions.node.startsWith("20.")) {
    setFlagsFromString("--experimental-wasm-relaxed-simd");
  }

  test.each([...standard, ...relaxed])("$mnemonic", (specified) => {
    const { mnemonic, operands } = specified;
    const written = mnemonic.endsWith(".select") ? "select" : mnemonic;
    for (const [immediates, text] of variantsOf(specified)) {
      const bytes = moduleOf(specified, immediates);
      expect(linesOf(bytes, operands.length)).toEqual([`${written}${text}`]);
      expect(WebAssembly.validate(bytes)).toBe(true);
    }
  });
});
