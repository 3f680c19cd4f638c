import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { i32, ModuleBuilder } from "./assembler.js";
import { instantiate } from "./instantiate.js";

describe("blocks", () => {
  test("a branch leaves as many blocks as its label says", () => {
    const m = new ModuleBuilder();
    const f = m.func("leave", { params: { n: "i32" }, results: ["i32"] }, (f, { n }) => {
      const seen = f.local("i32", "seen");
      const see = (bit: number): void => f.set(seen, i32.or(seen, bit));
      f.block((outer) => {
        f.block((middle) => {
          f.block((inner) => {
            f.brIf(outer, i32.eq(n, 3));
            f.brIf(middle, i32.eq(n, 2));
            f.brIf(inner, i32.eq(n, 1));
            see(1);
          });
          see(2);
        });
        see(4);
      });
      return seen;
    });
    m.export("leave", f);
    const { leave } = instantiate(m);
    expect([0, 1, 2, 3].map((n) => leave!(n))).toEqual([7, 6, 4, 0]);
  });

  test("if runs one of two; a branch to its label leaves it", () => {
    const m = new ModuleBuilder();
    const f = m.func("pick", { params: { n: "i32" }, results: ["i32"] }, (f, { n }) => {
      const out = f.local("i32", "out");
      f.if(
        n,
        (end) => {
          f.set(out, 1);
          f.brIf(end, i32.eq(n, 5));
          f.set(out, 2);
        },
        (end) => {
          f.set(out, 3);
          f.br(end);
        },
      );
      f.if(i32.eq(n, 7), () => f.set(out, 4));
      return out;
    });
    m.export("pick", f);
    const { pick } = instantiate(m);
    expect([0, 5, 6, 7].map((n) => pick!(n))).toEqual([3, 1, 2, 4]);
  });

  test("what comes after the end of a function needs no result", () => {
    const m = new ModuleBuilder();
    const both = { params: { n: "i32" }, results: ["i32"] } as const;
    const branches = m.func("branches", both, (f, { n }) => {
      f.if(
        n,
        () => f.return(1),
        () => f.return(2),
      );
      f.unreachable();
    });
    m.export("branches", branches);
    const { branches: run } = instantiate(m);
    expect([run!(0), run!(9)]).toEqual([2, 1]);
  });
});

describe("loops", () => {
  test("start again at their label", () => {
    const m = new ModuleBuilder();
    const f = m.func("gcd", { params: { a: "i32", b: "i32" }, results: ["i32"] }, (f, { a, b }) => {
      const rest = f.local("i32", "rest");
      f.block((done) => {
        f.loop((again) => {
          f.brIf(done, i32.eqz(b));
          f.set(rest, i32.remU(a, b));
          f.set(a, b);
          f.set(b, rest);
          f.br(again);
        });
      });
      return a;
    });
    m.export("gcd", f);
    expect(instantiate(m)["gcd"]!(1071, 462)).toBe(21);
  });
});

/**
 * Gives the number of rounds, the sum of the counter and its last value. The body changes what the
 * end and the step were computed from, which must not matter.
 */
function counting(step: number | "variable") {
  const m = new ModuleBuilder();
  const params = { from: "i32", to: "i32", step: "i32" } as const;
  const f = m.func("count", { params, results: ["i32", "i32", "i32"] }, (f, p) => {
    const [i, rounds, sum] = [f.local("i32", "i"), f.local("i32"), f.local("i32")];
    f.for(i, p.from, i32.add(p.to, rounds), step === "variable" ? p.step : step, () => {
      f.set(rounds, i32.add(rounds, 1));
      f.set(sum, i32.add(sum, i));
      if (step === "variable") f.set(p.step, 0);
    });
    return [rounds, sum, i];
  });
  m.export("count", f);
  return instantiate(m)["count"]! as (from: number, to: number, step: number) => number[];
}

/** The same in JavaScript. */
function counted(from: number, to: number, step: number): number[] {
  let [i, rounds, sum] = [from, 0, 0];
  for (; i < to; i += step) {
    rounds++;
    sum += i;
  }
  return [rounds, sum, i].map((value) => value | 0);
}

describe("counting loops", () => {
  test("count as in JavaScript, their ends computed once", () => {
    const small = fc.integer({ min: 0, max: 100 });
    const run = { variable: counting("variable"), three: counting(3) };
    fc.assert(
      fc.property(small, small, fc.integer({ min: 1, max: 20 }), (from, to, step) => {
        expect(run.variable(from, to, step)).toEqual(counted(from, to, step));
        expect(run.three(from, to, 0)).toEqual(counted(from, to, 3));
      }),
    );
  });

  test("reach addresses above 2 GiB", () => {
    const [from, to] = [2 ** 31 - 8, 2 ** 31 + 8];
    expect(counting(4)(from, to, 0)).toEqual(counted(from, to, 4));
  });

  test("go on where another stopped", () => {
    const m = new ModuleBuilder();
    const f = m.func("rest", { params: { n: "i32" }, results: ["i32"] }, (f, { n }) => {
      const [i, code] = [f.local("i32"), f.local("i32")];
      const add = (value: number) => (): void => f.set(code, i32.add(code, value));
      f.for(i, 0, i32.and(n, -4), 4, add(100));
      f.for(i, i, n, 1, add(1));
      return code;
    });
    m.export("rest", f);
    const { rest } = instantiate(m);
    expect([0, 3, 4, 11].map((n) => rest!(n))).toEqual([0, 3, 100, 203]);
  });

  test("nest", () => {
    const m = new ModuleBuilder();
    const f = m.func("area", { params: { rows: "i32", cols: "i32" }, results: ["i32"] }, (f, p) => {
      const [i, j, area] = [f.local("i32"), f.local("i32"), f.local("i32")];
      f.for(i, 0, p.rows, 1, () => {
        f.for(j, 0, p.cols, 1, () => f.set(area, i32.add(area, 1)));
      });
      return area;
    });
    m.export("area", f);
    expect(instantiate(m)["area"]!(7, 5)).toBe(35);
  });
});
