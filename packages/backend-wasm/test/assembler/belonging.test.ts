import { describe, expect, test } from "vitest";
import { type FunctionBuilder, f32, i32, type Label, ModuleBuilder, memory } from "./assembler.js";
import { inFunction, refusal } from "./refusal.js";

const one = i32.const(1);

describe("what belongs elsewhere", () => {
  test("a local of another function", () => {
    inFunction((_, theirs) => {
      expect(inFunction((f, p) => f.set(p, theirs))).toBe(
        "test: p belongs to another function or module",
      );
      expect(inFunction((f) => f.set(theirs, 1))).toContain("p belongs to another function");
    });
  });

  test("a function, a memory of another module", () => {
    const other = new ModuleBuilder();
    const func = other.func("theirs", {}, () => {});
    const theirs = other.importMemory("env", "memory", { initial: 1 });
    expect(inFunction((f) => f.do(func.call({})))).toContain("theirs.call belongs to another");
    const m = new ModuleBuilder();
    for (const what of [func, theirs]) {
      expect(refusal(() => m.export("x", what))).toBe("export: x belongs to another module");
    }
  });

  test("a label outside of its block", () => {
    const message = "test: a branch is not inside of its label's loop";
    for (const branch of ["br", "brIf"] as const) {
      const body = (f: FunctionBuilder<readonly []>): void => {
        let label: Label | undefined;
        f.loop((inside) => {
          label = inside;
        });
        if (branch === "br") f.br(label!);
        if (branch === "brIf") f.brIf(label!, 1);
      };
      expect(inFunction(body)).toBe(message);
    }
  });

  test("the label of one half of an if in the other", () => {
    const message = inFunction((f, p) => {
      let label: Label | undefined;
      f.if(
        p,
        (then) => {
          label = then;
        },
        () => f.br(label!),
      );
    });
    expect(message).toContain("a branch is not inside of its label's if");
  });

  test("memory where there is none", () => {
    expect(inFunction((f) => f.drop(f32.load(0)), false)).toBe(
      "test: f32.load needs a memory; import it before the function",
    );
    expect(inFunction((f) => f.drop(memory.size()), false)).toContain("memory.size needs a memory");
    expect(inFunction((f) => f.drop(memory.grow(1)), false)).toContain(
      "memory.grow needs a memory",
    );
    expect(inFunction((f) => f.do(memory.fill(0, 0, 0)), false)).toContain("needs a memory");
  });
});

describe("calls and modules", () => {
  test("arguments", () => {
    const m = new ModuleBuilder();
    const f = m.importFunc("env", "f", { params: { x: "f32", n: "i32" } });
    const pair = m.importFunc("env", "pair", { results: ["i32", "i32"] });
    // @ts-expect-error one is missing
    expect(refusal(() => f.call({ x: 1 }))).toBe(
      "f.call: operand n is undefined, expected i32 or a whole number from -2^31 to 2^32-1",
    );
    // @ts-expect-error of another type
    expect(refusal(() => f.call({ x: one, n: 1 }))).toContain(
      "f.call: operand x is i32, expected f32",
    );
    const more = { x: 1, n: 1, m: 1 };
    expect(refusal(() => f.call(more))).toBe("f.call: f has no parameter m");
    expect(refusal(() => pair.call({}))).toBe(
      "pair.call: pair has 2 results, a call in a function at most 1",
    );
  });

  test("imports after functions, a second memory, an export of the same name", () => {
    const m = new ModuleBuilder();
    m.importMemory("env", "memory", { initial: 1 });
    const f = m.func("f", {}, () => {});
    m.export("f", f);
    expect(refusal(() => m.export("f", f))).toBe("export: there is a f already");
    expect(refusal(() => m.importFunc("env", "late", {}))).toBe(
      "importFunc: import late before the first function",
    );
    expect(refusal(() => m.importMemory("env", "other", { initial: 1 }))).toBe(
      "importMemory: the module has a memory already",
    );
  });

  test.each([
    [{ initial: -1 }, "-1 pages"],
    [{ initial: 1.5 }, "1.5 pages"],
    [{ initial: 65537 }, "65537 pages"],
    [{ initial: 2, maximum: 1 }, "2 to 1 pages"],
    [{ initial: 2, maximum: 65537 }, "2 to 65537 pages"],
    [{ initial: 2, maximum: Number.NaN }, "2 to NaN pages"],
    [{ initial: 2, shared: true }, "a shared memory needs a maximum"],
  ])("a memory of %j", (limits, message) => {
    const m = new ModuleBuilder();
    expect(refusal(() => m.importMemory("env", "memory", limits))).toContain(message);
    expect(m.hasMemory).toBe(false);
  });
});
