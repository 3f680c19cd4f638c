import { describe, expect, test } from "vitest";
import { f32, f64, i32, i64, ModuleBuilder, memory } from "./assembler.js";
import { instantiate } from "./instantiate.js";

describe("calls", () => {
  test("name their arguments, and are values or statements", () => {
    const m = new ModuleBuilder();
    const log = m.importFunc("env", "log", { params: { value: "f64", count: "i32" } });
    const random = m.importFunc("env", "random", { results: ["f64"] });
    const half = m.func("half", { params: { x: "f64" }, results: ["f64"] }, (_, { x }) =>
      f64.mul(x, 0.5),
    );
    const main = m.func("main", {}, (f) => {
      f.do(log.call({ count: 3, value: half.call({ x: random.call({}) }) }));
      f.drop(half.call({ x: 1 }));
    });
    m.export("main", main);
    const seen: unknown[] = [];
    const env = { log: (...given: unknown[]) => seen.push(...given), random: () => 42 };
    instantiate(m, { env })["main"]!();
    expect(seen).toEqual([21, 3]);
  });

  test("recursion", () => {
    const m = new ModuleBuilder();
    const signature = { params: { n: "i64" }, results: ["i64"] } as const;
    const factorial = m.func("factorial", signature, (f, { n }, self) => {
      f.if(i64.leU(n, 1n), () => f.return(1n));
      return i64.mul(n, self.call({ n: i64.sub(n, 1n) }));
    });
    m.export("factorial", factorial);
    expect(instantiate(m)["factorial"]!(20n)).toBe(2432902008176640000n);
  });

  test("arguments are computed in the order of the parameters", () => {
    const m = new ModuleBuilder();
    const next = m.importFunc("env", "next", { results: ["i32"] });
    const params = { first: "i32", second: "i32" } as const;
    const pair = m.func("pair", { params, results: ["i32"] }, (_, { first, second }) =>
      i32.sub(second, first),
    );
    const main = m.func("main", { results: ["i32"] }, () =>
      pair.call({ second: next.call({}), first: next.call({}) }),
    );
    m.export("main", main);
    let count = 0;
    expect(instantiate(m, { env: { next: () => 10 ** count++ } })["main"]!()).toBe(9);
  });

  test("a function of two results gives JavaScript an array", () => {
    const m = new ModuleBuilder();
    const signature = { params: { a: "i32", b: "i32" }, results: ["i32", "f32"] } as const;
    const divide = m.func("divide", signature, (f, { a, b }) => {
      f.if(i32.eqz(b), () => f.return(0, Number.NaN));
      return [i32.divS(a, b), f32.div(f32.convertI32S(a), f32.convertI32S(b))];
    });
    m.export("divide", divide);
    const { divide: run } = instantiate(m);
    expect([run!(7, 2), run!(7, 0)]).toEqual([
      [3, 3.5],
      [0, Number.NaN],
    ]);
  });
});

describe("variables", () => {
  test("locals begin at 0", () => {
    const m = new ModuleBuilder();
    const square = m.func("square", { params: { x: "i32" }, results: ["i32"] }, (f, { x }) => {
      const y = f.local("i32");
      f.set(y, i32.add(x, y));
      return i32.mul(y, y);
    });
    m.export("square", square);
    expect(instantiate(m)["square"]!(-12)).toBe(144);
  });

  test("select takes the first where the condition holds", () => {
    const m = new ModuleBuilder();
    const pick = m.func("pick", { params: { c: "i32" }, results: ["f32"] }, (_, { c }) =>
      f32.select(1.5, 2.5, c),
    );
    m.export("pick", pick);
    const { pick: run } = instantiate(m);
    expect([run!(3), run!(0)]).toEqual([1.5, 2.5]);
  });
});

describe("modules", () => {
  test("a memory grows, is shared, and can be exported again", () => {
    const m = new ModuleBuilder();
    const shared = m.importMemory("env", "memory", { initial: 1, maximum: 4, shared: true });
    const add = m.func("add", { params: { by: "i32" }, results: ["i32"] }, (f, { by }) => {
      f.drop(memory.grow(1));
      f.do(i32.store(65536, i32.add(i32.load(65536), by)));
      return i32.add(i32.mul(memory.size(), 1000), i32.load(0, { offset: 65536 }));
    });
    m.export("add", add);
    m.export("memory", shared);
    const given = new WebAssembly.Memory({ initial: 1, maximum: 4, shared: true });
    const module = new WebAssembly.Module(m.build());
    const { exports } = new WebAssembly.Instance(module, { env: { memory: given } });
    expect(exports["memory"]).toBe(given);
    const run = exports["add"] as (by: number) => number;
    expect([run(5), run(7)]).toEqual([2005, 3012]);
  });

  test("names of functions show in the stack of an error", () => {
    const m = new ModuleBuilder();
    const inner = m.func("gemm_f32_8x8", {}, (f) => f.unreachable());
    const outer = m.func("outer", {}, (f) => f.do(inner.call({})));
    m.export("run", outer);
    const { run } = instantiate(m);
    let stack: string | undefined;
    try {
      run!();
    } catch (error) {
      stack = (error as Error).stack;
    }
    expect(stack).toMatch(/gemm_f32_8x8[\s\S]*outer/);
  });
});
