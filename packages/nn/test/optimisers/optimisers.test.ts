import { js } from "@blk/backend-js";
import { type Backend, BlockMatrix, BlockPattern, openBackend, transfer } from "@blk/core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import * as nn from "../../src/index.js";

let backend: Backend;
beforeAll(async () => {
  backend = await openBackend([js()]);
});
afterAll(() => backend.dispose());

const start = [1, -2, 0.5];
const slopes = [
  [0.5, -1, 2],
  [-0.25, 3, 1],
  [1, 1, -4],
];

const row = (values: readonly number[]): BlockMatrix =>
  BlockMatrix.fromRows(backend, [values], { dtype: "f64" });

/** The weights after a step for each of `slopes`. */
async function run(
  optimiserOf: (parameters: readonly nn.NamedParameter[]) => nn.Optimiser,
): Promise<readonly number[]> {
  const { buffers } = backend.memoryUsage();
  const variable = nn.parameter(row(start));
  const optimiser = optimiserOf([{ name: "w", variable }]);
  for (const slope of slopes) {
    using gradient = new nn.Variable(row(slope));
    optimiser.step([gradient]);
  }
  expect(optimiser.steps).toBe(slopes.length);
  const values = Array.from(await variable.toArray());
  optimiser.dispose();
  variable.dispose();
  expect(backend.memoryUsage().buffers).toBe(buffers);
  return values;
}

/** The same by plain numbers: `next(w, g, state, step)` gives the next weight. */
function reference(
  next: (w: number, g: number, state: number[], step: number) => number,
): readonly number[] {
  return start.map((w, i) => {
    const state = [0, 0];
    return slopes.reduce((w, slope, step) => next(w, slope[i] as number, state, step), w);
  });
}

/** A few dozen roundings of numbers of order 1. */
function expectClose(got: readonly number[], wanted: readonly number[]): void {
  got.forEach((x, i) => {
    expect(Math.abs(x - (wanted[i] as number))).toBeLessThan(100 * 2 ** -53 * 4);
  });
}

function adamStep(rate: number, decay = 0) {
  return (w: number, g: number, state: number[], step: number): number => {
    state[0] = 0.9 * (state[0] as number) + 0.1 * g;
    state[1] = 0.999 * (state[1] as number) + 0.001 * g * g;
    const mean = state[0] / (1 - 0.9 ** (step + 1));
    const square = state[1] / (1 - 0.999 ** (step + 1));
    return w - rate * decay * w - (rate * mean) / (Math.sqrt(square) + 1e-8);
  };
}

describe("optimisers follow their formulas", () => {
  it("sgd", async () => {
    const got = await run((p) => nn.sgd(p, { rate: 0.1 }));
    expectClose(
      got,
      reference((w, g) => w - 0.1 * g),
    );
  });

  it("sgd with momentum and a schedule", async () => {
    const rate = nn.stepRate({ rate: 0.1, factor: 0.5, every: 2 });
    const got = await run((p) => nn.sgd(p, { rate, momentum: 0.8 }));
    const wanted = reference((w, g, state, step) => {
      state[0] = 0.8 * (state[0] as number) + g;
      return w - (step < 2 ? 0.1 : 0.05) * state[0];
    });
    expectClose(got, wanted);
  });

  it("adam", async () => {
    expectClose(await run((p) => nn.adam(p, { rate: 0.1 })), reference(adamStep(0.1)));
  });

  it("adamW, which by default spares rows", async () => {
    const options = { rate: 0.1, decay: 0.2 };
    expectClose(await run((p) => nn.adamW(p, options)), reference(adamStep(0.1)));
    const got = await run((p) => nn.adamW(p, { ...options, decays: () => true }));
    expectClose(got, reference(adamStep(0.1, 0.2)));
  });

  it("with gradients scaled down to a norm", async () => {
    const got = await run((p) => nn.sgd(p, { rate: 0.1, clipNorm: 2.5 }));
    const scaled = slopes.map((slope) => {
      const norm = Math.hypot(...slope);
      return slope.map((g) => g * Math.min(1, 2.5 / norm));
    });
    const wanted = start.map((w, i) =>
      scaled.reduce((w, slope) => w - 0.1 * (slope[i] as number), w),
    );
    expectClose(got, wanted);
  });
});

describe("over many steps", () => {
  const steps = 400;
  // A step rounds some dozens of times, numbers below 16; an error of a weight stays as it is.
  const bound = steps * 64 * 16 * 2 ** -53;
  const rate = nn.cosineRate({ rate: 0.05, steps: 300, warmUp: 20, least: 0.001 });

  it.each<[string, (p: readonly nn.NamedParameter[]) => nn.Optimiser, ReturnType<typeof adamStep>]>(
    [
      [
        "sgd",
        (p) => nn.sgd(p, { rate, momentum: 0.9, clipNorm: 1.5 }),
        (w, g, state, step) => {
          state[0] = 0.9 * (state[0] as number) + g;
          return w - rate(step) * state[0];
        },
      ],
      [
        "adam",
        (p) => nn.adam(p, { rate, clipNorm: 1.5 }),
        (w, g, state, step) => adamStep(rate(step))(w, g, state, step),
      ],
      [
        "adamW",
        (p) => nn.adamW(p, { rate, decay: 0.1, decays: () => true, clipNorm: 1.5 }),
        (w, g, state, step) => adamStep(rate(step), 0.1)(w, g, state, step),
      ],
    ],
  )("%s stays with its formula, of several parameters clipped together", async (_, make, next) => {
    const random = new nn.Random(21);
    const sizes = [3, 1, 7];
    const weights = sizes.map((size) => [...random.normal(size)]);
    const parameters = weights.map((values, i) => ({
      name: `${i}`,
      variable: nn.parameter(row(values)),
    }));
    const optimiser = make(parameters);
    const states = weights.map((values) => values.map(() => [0, 0]));
    for (let step = 0; step < steps; step++) {
      // Now and then all zero: nothing is divided by their norm.
      const factor = step % 50 === 7 ? 0 : 1;
      const gradients = sizes.map((size) => [...random.normal(size)].map((g) => factor * g));
      const variables = gradients.map((values) => new nn.Variable(row(values)));
      optimiser.step(variables);
      for (const variable of variables) variable.dispose();
      const norm = Math.hypot(...gradients.flat());
      const scale = norm < 1.5 ? 1 : 1.5 / norm;
      weights.forEach((values, i) => {
        values.forEach((w, j) => {
          const g = scale * (gradients[i]?.[j] as number);
          values[j] = next(w, g, states[i]?.[j] as number[], step);
        });
      });
    }
    for (const [i, { variable }] of parameters.entries()) {
      const got = await variable.toArray();
      weights[i]?.forEach((w, j) => {
        expect(Math.abs((got[j] as number) - w)).toBeLessThan(bound);
      });
      variable.dispose();
    }
    optimiser.dispose();
  });

  it("a gradient that is no number makes weights that are none, clipped or not, and no others", async () => {
    const [w, b] = [nn.parameter(row([1, 2])), nn.parameter(row([3]))];
    const named = [
      { name: "w", variable: w },
      { name: "b", variable: b },
    ];
    const gradients = [new nn.Variable(row([Number.NaN, 1])), new nn.Variable(row([1]))];
    nn.sgd(named, { rate: 0.5 }).step(gradients);
    expect([await w.toRows(), await b.toRows()]).toEqual([[[Number.NaN, 1.5]], [[2.5]]]);
    nn.sgd(named, { rate: 0.5, clipNorm: 1 }).step(gradients);
    // Their common norm is none: it is not kept quiet.
    expect([await w.toRows(), await b.toRows()]).toEqual([
      [[Number.NaN, Number.NaN]],
      [[Number.NaN]],
    ]);
    for (const item of [w, b, ...gradients]) item.dispose();
  });
});

describe("a step", () => {
  const named = (name: string, variable: nn.Variable) => ({ name, variable });

  it("of many parameters is that of each, whatever their types, blocks and backends", async () => {
    await using other = await openBackend([js()]);
    const blocks = { blockRows: 1, blockCols: 1, pattern: BlockPattern.diagonal(2) };
    const options = [
      { dtype: "f64" },
      { dtype: "f32" },
      { dtype: "f16" },
      { dtype: "f32", ...blocks },
      { dtype: "f64", backend: other },
    ] as const;
    const matrices = (seed: number): readonly BlockMatrix[] =>
      options.map((each) => {
        const on = "backend" in each ? each.backend : backend;
        const numbers = [1, 2, 3, 4].map((x) => ((x * seed) % 7) - 2.5);
        return BlockMatrix.fromArray(on, numbers, { rows: 2, cols: 2, ...each });
      });
    const train = async (groups: readonly (readonly number[])[]) => {
      const variables = matrices(3).map(nn.parameter);
      const values: unknown[] = [];
      for (const group of groups) {
        const own = group.map((i) => named(`${i}`, variables[i] as nn.Variable));
        const optimiser = nn.adamW(own, {
          rate: nn.stepRate({ rate: 0.1, factor: 0.5, every: 1 }),
        });
        for (const seed of [5, 6]) {
          const slopes = matrices(seed).map((slope) => new nn.Variable(slope));
          optimiser.step(group.map((i) => slopes[i] as nn.Variable));
          for (const slope of slopes) slope.dispose();
        }
        values.push(...(await Promise.all(own.map(({ variable }) => variable.toRows()))));
        optimiser.dispose();
      }
      for (const variable of variables) variable.dispose();
      return values;
    };
    expect(await train([[0, 1, 2, 3, 4]])).toEqual(await train([[0], [1], [2], [3], [4]]));
    expect(backend.memoryUsage().buffers).toBe(0);
  });

  it.each([
    ["sgd", (p: readonly nn.NamedParameter[]) => nn.sgd(p, { rate: 0.1, momentum: 0.9 })],
    ["adam", (p: readonly nn.NamedParameter[]) => nn.adam(p, { rate: 0.1 })],
  ])("of %s is one call, in place", (_, optimiserOf) => {
    const calls: string[] = [];
    const counted: Backend = Object.create(backend, {
      map: { value: () => calls.push("map") },
      fused: { value: { mapMany: (tasks: readonly unknown[]) => calls.push(`${tasks.length}`) } },
    });
    const own = (): BlockMatrix => BlockMatrix.full(counted, 1, { rows: 3, cols: 5 });
    const variables = [own(), own(), own()].map(nn.parameter);
    const optimiser = optimiserOf(variables.map((variable, i) => named(`${i}`, variable)));
    const slopes = [own(), own(), own()].map((slope) => new nn.Variable(slope));
    const matrices = (): readonly BlockMatrix[] => [
      ...variables.map(({ value }) => value),
      ...optimiser.state.map(({ matrix }) => matrix),
    ];
    const before = matrices();
    const usage = backend.memoryUsage();
    calls.length = 0;
    optimiser.step(slopes);
    expect(calls).toEqual(["3"]);
    expect(matrices().every((matrix, i) => matrix === before[i] && !matrix.disposed)).toBe(true);
    expect(backend.memoryUsage()).toEqual(usage);
    for (const item of [optimiser, ...variables, ...slopes]) item.dispose();
  });

  it("is refused for a parameter that is listed twice", () => {
    using variable = nn.parameter(row(start));
    expect(() => nn.adam([named("a", variable), named("b", variable)], { rate: 0.1 })).toThrow(
      /b is the same variable as a; list it once/,
    );
  });
});

describe("the state of an optimiser", () => {
  it("is taken up by another one, which goes on to the same bits", async () => {
    const variable = nn.parameter(row(start));
    const optimiser = nn.adam([{ name: "w", variable }], { rate: 0.1 });
    using gradient = new nn.Variable(row(slopes[0] as number[]));
    optimiser.step([gradient]);
    expect(optimiser.state.map(({ name }) => name)).toEqual(["w.mean", "w.square"]);
    const copies = await Promise.all(
      optimiser.state.map(async ({ name, matrix }) => ({
        name,
        matrix: await transfer(matrix, backend),
      })),
    );
    const twin = nn.parameter(await transfer(variable.value, backend));
    const other = nn.adam([{ name: "w", variable: twin }], { rate: 0.1 });
    other.restore(optimiser.steps, copies);
    for (const each of [optimiser, other]) each.step([gradient]);
    expect(await twin.toArray()).toEqual(await variable.toArray());
    for (const item of [optimiser, other, variable, twin]) item.dispose();
  });

  it("is refused where it does not fit", () => {
    using variable = nn.parameter(row(start));
    const optimiser = nn.adam([{ name: "w", variable }], { rate: 0.1 });
    expect(() => optimiser.restore(1, [])).toThrow(/the state lacks w.mean/);
    using short = row([1]);
    const wrong = ["w.mean", "w.square"].map((name) => ({ name, matrix: short }));
    expect(() => optimiser.restore(1, wrong)).toThrow(/expected one like 1×3/);
    expect(() => optimiser.step([])).toThrow(/a gradient for each of 1 parameters, got 0/);
    optimiser.dispose();
  });
});

describe("schedules", () => {
  it("warm up and fall along a cosine", () => {
    const rate = nn.cosineRate({ rate: 1, steps: 14, warmUp: 4, least: 0.1 });
    expect([0, 3, 4, 9, 14, 99].map((step) => Number(rate(step).toFixed(6)))).toEqual([
      0.25, 1, 1, 0.55, 0.1, 0.1,
    ]);
    expect(() => nn.cosineRate({ rate: 1, steps: 3, warmUp: 3 })).toThrow(/warmUp < steps/);
    expect(nn.constantRate(0.5)(7)).toBe(0.5);
  });
});

describe("globalNorm", () => {
  it("is that of all gradients together", async () => {
    using x = new nn.Variable(row([3]));
    using y = new nn.Variable(row([0, -4]));
    using norm = nn.globalNorm([x, y]);
    expect(await norm.toNumber()).toBe(5);
  });
});
