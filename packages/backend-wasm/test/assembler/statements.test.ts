import { describe, expect, test } from "vitest";
import { type FunctionBuilder, f32, i32, ModuleBuilder, memory, v128 } from "./assembler.js";
import { ill, inFunction, refusal } from "./refusal.js";

const one = i32.const(1);
const zeros = v128.const(new Uint8Array(16));

describe("statements", () => {
  test.each<[string, Parameters<typeof inFunction>[0]]>([
    ["test: if: operand 1 is f32, expected i32", (f) => f.if(ill(f32.const(1)), () => {})],
    ["test: brIf: operand 1 is v128, expected i32", (f) => f.block((b) => f.brIf(b, ill(zeros)))],
    ["test: p.set: operand 1 is f32, expected i32", (f, p) => f.set(p, ill(f32.const(1)))],
    ["test: do: i32.add leaves i32; f.drop", (f, p) => f.do(ill(i32.add(p, 1)))],
    ["test: drop: i32.store leaves no value; f.do", (f, p) => f.drop(ill(i32.store(p, 1)))],
    ["test: for: the step is 0, expected > 0", (f, p) => f.for(p, 0, 1, 0, () => {})],
    ["test: for: the step is -4, expected > 0", (f, p) => f.for(p, 0, 1, -4, () => {})],
  ])("%s", (message, body) => {
    expect(inFunction(body)).toContain(message);
  });

  test("the compiler refuses values of other types", () => {
    const message = inFunction((f, p) => {
      const x = f.local("f32", "x");
      // @ts-expect-error an i32 in an f32
      expect(refusal(() => f.set(x, p))).toBe(
        "test: x.set: operand 1 is i32, expected f32 or a number",
      );
      // @ts-expect-error a condition of f32
      expect(refusal(() => f.if(x, () => {}))).toContain(
        "test: if: operand 1 is f32, expected i32",
      );
    });
    expect(message).toBe("nothing was refused");
  });
});

describe("results", () => {
  const results = ["i32", "f32"] as const;

  function returning(body: (f: FunctionBuilder<typeof results>) => unknown): string {
    const m = new ModuleBuilder();
    return refusal(() => m.func("test", { results }, (f) => ill(body(f))));
  }

  test.each<[string, Parameters<typeof returning>[0]]>([
    ["test: 0 results, expected [i32,f32]; a body gives them back, or ends with", () => undefined],
    ["test: 1 results, expected [i32,f32]", () => one],
    ["test: 3 results, expected [i32,f32]", () => [1, 2, 3]],
    ["test: return: operand 2 is i32, expected f32 or a number", () => [1, one]],
    ["test: return: operand 1 is a statement, expected i32", () => [memory.fill(0, 0, 0), 1]],
    // @ts-expect-error a result is missing
    ["test: 1 results, expected [i32,f32]", (f) => f.return(1)],
    // @ts-expect-error i32 for f32
    ["test: return: operand 2 is i32, expected f32 or a number", (f) => f.return(1, one)],
    ["test: 0 results, expected [i32,f32]", (f) => f.block((b) => f.br(b))],
    ["test: 0 results, expected [i32,f32]", (f) => f.if(1, () => f.return(1, 2))],
    ["nothing was refused", (f) => f.return(1, 2)],
    ["nothing was refused", (f) => f.unreachable()],
  ])("%s", (message, body) => {
    expect(returning(body)).toContain(message);
  });

  test("where there should be none", () => {
    expect(inFunction((f) => f.return(...ill<[]>([1])))).toContain("test: 1 results, expected []");
    expect(inFunction(async () => {})).toContain("test: 1 results, expected []");
    const m = new ModuleBuilder();
    // The compiler cannot know whether the last statement returns.
    expect(refusal(() => m.func("test", { results: ["i32"] }, () => {}))).toContain("0 results");
    // @ts-expect-error a result of another type
    expect(refusal(() => m.func("test", { results: ["i32"] }, () => zeros))).toContain("is v128");
  });
});

describe("instructions with an effect", () => {
  test("that are made and not used", () => {
    expect(inFunction((_, p) => void i32.store(p, 1))).toBe(
      "test: i32.store was made and not used; f.do writes a statement",
    );
    expect(inFunction(() => void i32.add(memory.grow(1), 1))).toBe(
      "test: memory.grow was made and not used; f.drop forgets a value",
    );
    expect(inFunction((_, p) => void f32.load(p))).toBe("nothing was refused");
  });

  test("that are used twice, or made outside of the function", () => {
    const twice = "is used twice or was made outside; hold its value in a local";
    const value = memory.grow(0);
    expect(inFunction((f) => f.drop(value))).toBe(`test: memory.grow ${twice}`);
    const message = inFunction((f, p) => {
      const old = memory.grow(p);
      f.set(p, i32.add(old, old));
    });
    expect(message).toBe(`test: memory.grow ${twice}`);
  });

  test("a function that failed leaves none behind for the next", () => {
    const m = new ModuleBuilder();
    m.importMemory("env", "memory", { initial: 1 });
    const outer = m.func("outer", {}, (f) => {
      const store = i32.store(0, 1);
      const fails = (): unknown => m.func("inner", {}, () => f.do(f32.store(0, ill("1"))));
      expect(refusal(fails)).toContain("f32.store: operand 2 is");
      f.do(store);
      f.do(i32.store(4, 2));
    });
    expect(refusal(() => m.export("outer", outer))).toBe("nothing was refused");
    expect(refusal(() => m.build())).toBe("build: inner has no body");
  });
});
