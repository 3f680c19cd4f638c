import { describe, expect, test } from "vitest";
import { f32, f32x4, i32, ModuleBuilder, v128 } from "./assembler.js";
import { instantiate } from "./instantiate.js";

describe("constants", () => {
  test("are there wherever they are asked for, one local for equal ones", () => {
    const m = new ModuleBuilder();
    const locals = new Set<unknown>();
    const sum = m.func("sum", { params: { count: "i32" }, results: ["f32"] }, (f, { count }) => {
      const total = f.local("v128", "total");
      const i = f.local("i32", "i");
      f.for(i, 0, count, 1, () => {
        for (const value of [0.5, 2, 0.5]) {
          const constant = f.constant(f32x4.splat(value));
          locals.add(constant);
          f.set(total, f32x4.add(total, constant));
        }
      });
      // First asked for in a branch that is not taken, needed after it.
      f.if(i32.eqz(1), () => f.set(total, f.constant(f32x4.splat(7))));
      return f32.add(f32x4.extractLane(total, 3), f32x4.extractLane(f.constant(f32x4.splat(7)), 0));
    });
    m.export("sum", sum);
    expect(locals.size).toBe(2);
    const run = instantiate(m)["sum"]!;
    expect(run(0)).toBe(7);
    expect(run(10)).toBe(37);
  });

  test("are refused where they are none", () => {
    const m = new ModuleBuilder();
    m.importMemory("env", "memory", { initial: 1 });
    m.func("f", { params: { x: "i32" } }, (f, { x }) => {
      expect(() => f.constant(x)).toThrow("f: constant: x is none");
      expect(() => f.constant(v128.load(0))).toThrow("f: constant: v128.load is none");
      expect(() => f.constant(f32x4.splat(f32.convertI32S(x)))).toThrow("is none");
    });
  });
});
