import { js } from "@blk/backend-js";
import { type Backend, BlockMatrix, openBackend, scope } from "@blk/core";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  attention,
  disposeModule,
  gradients,
  type Module,
  map,
  mul,
  multiHeadAttention,
  noGrad,
  parameter,
  Random,
  sequential,
  sum,
  type Training,
  transformerBlock,
  type Variable,
} from "../../src/index.js";
import { examplesOn, others, patience } from "../backends.js";
import {
  type Checked,
  checkAgainstDouble,
  checkGradients,
  checkSecondDerivatives,
  gradientsOf,
} from "../gradient-check.js";
import { matrixOf } from "../matrices.js";

let backend: Backend;
beforeAll(async () => {
  backend = await openBackend([js()]);
});
afterAll(() => backend.dispose());

interface Example {
  readonly queries: readonly number[];
  readonly keys: readonly number[];
  readonly heads: number;
  readonly width: number;
  readonly valueWidth: number;
  readonly causal: boolean;
}

const total = (lengths: readonly number[]): number => lengths.reduce((sum, n) => sum + n, 0);

/** Sequences of any lengths, those of queries and keys alike if they are causal. */
function examplesUpTo(length: number): fc.Arbitrary<Example> {
  const sizes = fc.integer({ min: 1, max: 3 });
  return fc
    .record({
      pairs: fc.array(
        fc.tuple(fc.integer({ min: 0, max: length }), fc.integer({ min: 1, max: length })),
        { minLength: 1, maxLength: 3 },
      ),
      heads: sizes,
      width: sizes,
      valueWidth: sizes,
      causal: fc.boolean(),
    })
    .map(({ pairs, causal, ...sizes }) => {
      const queries = pairs.map(([rows]) => rows);
      return { queries, keys: causal ? queries : pairs.map(([, rows]) => rows), causal, ...sizes };
    });
}

function inputsOf(example: Example, seed = 1): [BlockMatrix, BlockMatrix, BlockMatrix] {
  const { queries, keys, heads, width, valueWidth } = example;
  const of = (rows: readonly number[], cols: number, seed: number): BlockMatrix =>
    matrixOf(backend, total(rows), heads * cols, seed, { blockRows: rows, blockCols: cols });
  return [of(queries, width, seed), of(keys, width, seed + 1), of(keys, valueWidth, seed + 2)];
}

/** Attention as its definition says, in loops. */
async function naive(
  example: Example,
  [q, k, v]: readonly [BlockMatrix, BlockMatrix, BlockMatrix],
): Promise<number[][]> {
  const { queries, keys, heads, width, valueWidth, causal } = example;
  const [qs, ks, vs] = [await q.toRows(), await k.toRows(), await v.toRows()];
  const result = qs.map(() => new Array<number>(heads * valueWidth).fill(0));
  let [top, left] = [0, 0];
  queries.forEach((length, sequence) => {
    const others = keys[sequence] as number;
    for (let head = 0; head < heads; head++) {
      for (let i = 0; i < length; i++) {
        const seen = causal ? i + 1 : others;
        const powers: number[] = [];
        for (let j = 0; j < seen; j++) {
          let score = 0;
          for (let c = head * width; c < (head + 1) * width; c++) {
            score += (qs[top + i]?.[c] as number) * (ks[left + j]?.[c] as number);
          }
          powers.push(Math.exp(score / Math.sqrt(width)));
        }
        const all = total(powers);
        const row = result[top + i] as number[];
        powers.forEach((power, j) => {
          for (let c = head * valueWidth; c < (head + 1) * valueWidth; c++) {
            row[c] = (row[c] as number) + (power / all) * (vs[left + j]?.[c] as number);
          }
        });
      }
    }
    top += length;
    left += others;
  });
  return result;
}

const mixed =
  (causal: boolean): Checked =>
  (q, k, v) =>
    attention(q as Variable, k as Variable, v as Variable, { causal });

/** Rounding of sums of some ten terms through a softmax, with a margin of ten. */
const bounds = { f32: 1000 * 2 ** -24, f64: 1000 * 2 ** -53, f16: 1, i32: 0 };

describe("attention", () => {
  it("is that of each sequence and head on its own", async () => {
    await fc.assert(
      fc.asyncProperty(examplesUpTo(5), async (example) => {
        const inputs = inputsOf(example);
        using result = attention(...inputs, { causal: example.causal });
        const expected = (await naive(example, inputs)).flat();
        const got = await result.toArray();
        expect(got.length).toBe(expected.length);
        for (const [i, value] of got.entries())
          expect(value).toBeCloseTo(expected[i] as number, 12);
        for (const input of inputs) input.dispose();
      }),
      { numRuns: 60, seed: 3 },
    );
  });

  it("has the gradients of its definition", async () => {
    await fc.assert(
      fc.asyncProperty(examplesUpTo(3), async (example) => {
        await checkGradients(mixed(example.causal), inputsOf(example));
      }),
      { numRuns: 8, seed: 4 },
    );
  });

  const example = { queries: [2, 1], keys: [2, 1], heads: 2, width: 1, valueWidth: 1 };
  it.each([true, false])("has second derivatives, causal: %s", async (causal) => {
    await checkSecondDerivatives(mixed(causal), inputsOf({ ...example, causal }));
  });

  it.each(others)(
    "on %s in another type",
    async (_, provider, dtype) => {
      await using other = await openBackend([provider()]);
      const large = { queries: [9, 1, 17], keys: [9, 1, 17], heads: 3, width: 4, valueWidth: 5 };
      for (const causal of [true, false]) {
        const inputs = inputsOf({ ...large, causal });
        await checkAgainstDouble(mixed(causal), inputs, other, dtype, bounds[dtype]);
      }
      await fc.assert(
        fc.asyncProperty(examplesUpTo(4), async (example) => {
          const f = mixed(example.causal);
          await checkAgainstDouble(f, inputsOf(example), other, dtype, bounds[dtype]);
        }),
        examplesOn(other),
      );
    },
    patience,
  );

  it.each([true, false])("is of the type of its values, f16, causal: %s", async (causal) => {
    const inputs = inputsOf({ ...example, causal });
    const half = inputs.map((input) => map(input, (x) => x, { dtype: "f16" }).value);
    const result = gradientsOf(mixed(causal), half);
    const [q, k, v] = half as [BlockMatrix, BlockMatrix, BlockMatrix];
    using value = attention(q, k, v, { causal });
    expect([value.dtype, ...result.map(({ dtype }) => dtype)]).toEqual(Array(4).fill("f16"));
    const expected = (await naive({ ...example, causal }, inputs)).flat();
    for (const [i, x] of (await value.toArray()).entries()) {
      // Some ten roundings of numbers below 4.
      expect(Math.abs(x - (expected[i] as number))).toBeLessThan(10 * 4 * 2 ** -11);
    }
  });

  it("refuses cuts that do not fit", () => {
    const [q, k, v] = inputsOf({ ...example, causal: false });
    const otherwise = inputsOf({ ...example, queries: [3], keys: [3], causal: false });
    expect(() => attention(q, k, otherwise[2])).toThrow(/cut them by sequences/);
    expect(() => attention(otherwise[0], k, v)).toThrow(/cut them by sequences/);
    expect(() => attention(q, k, inputsOf({ ...example, heads: 1, causal: false })[2])).toThrow(
      /cut them by heads/,
    );
  });
});

/** Checks the gradients of x and of some numbers of each parameter against differences. */
async function checkModule(module: Module, x: BlockMatrix): Promise<void> {
  await checkGradients((x) => module.forward(x), [x]);
  const weight = matrixOf(backend, x.rows, x.cols, 77);
  const loss = (): Variable => sum(mul(module.forward(x), weight));
  const variables = module.parameters.map(({ variable }) => variable);
  const slopes = gradients(loss(), variables);
  for (const [i, { name, variable }] of module.parameters.entries()) {
    const numbers = Float64Array.from(await variable.toArray());
    const got = await slopes[i]?.toArray();
    const { rows, cols } = variable;
    const at = async (index: number, value: number): Promise<number> => {
      const changed = numbers.slice();
      changed[index] = value;
      variable.assign(BlockMatrix.fromArray(backend, changed, { rows, cols }));
      return scope(() => loss().value).toNumber();
    };
    for (const index of new Set([0, numbers.length >> 1, numbers.length - 1])) {
      const value = numbers[index] as number;
      const expected = ((await at(index, value + 1e-4)) - (await at(index, value - 1e-4))) / 2e-4;
      expect(got?.[index], `${name}[${index}]`).toBeCloseTo(expected, 5);
    }
    await at(0, numbers[0] as number);
  }
}

describe("layers with attention", () => {
  const cuts = { blockRows: [3, 1, 2] };

  it.each([true, false])("multiHeadAttention has its gradients, with bias: %s", async (bias) => {
    const random = new Random(5);
    const layer = multiHeadAttention({
      backend,
      width: 4,
      heads: 2,
      causal: true,
      bias,
      random,
      dtype: "f64",
    });
    await checkModule(layer, matrixOf(backend, 6, 4, 1, cuts));
    disposeModule(layer);
  });

  it("transformerBlock has its gradients, and no sequence sees another", async () => {
    const random = new Random(6);
    const block = transformerBlock({
      backend,
      width: 4,
      heads: 2,
      hidden: 5,
      random,
      dtype: "f64",
    });
    const x = matrixOf(backend, 6, 4, 1, cuts);
    await checkModule(block, x);
    const whole = await scope(() => block.forward(x).value).toRows();
    const first = BlockMatrix.fromRows(backend, (await x.toRows()).slice(0, 3), { dtype: "f64" });
    const alone = await scope(() => block.forward(first).value).toRows();
    for (const [i, row] of alone.entries()) {
      for (const [j, value] of row.entries()) expect(whole[i]?.[j]).toBeCloseTo(value, 12);
    }
    disposeModule(block);
  });

  it("a causal block does not see what comes later", async () => {
    const random = new Random(7);
    const block = transformerBlock({
      backend,
      width: 4,
      heads: 1,
      causal: true,
      random,
      dtype: "f64",
    });
    const x = parameter(matrixOf(backend, 5, 4, 1));
    const row = BlockMatrix.fromRows(backend, [[0], [0], [1], [0], [0]], { dtype: "f64" });
    const [dx] = gradients(sum(mul(block.forward(x), row)), [x]);
    const slopes = await dx?.toRows();
    expect(
      slopes
        ?.slice(3)
        .flat()
        .every((slope) => slope === 0),
    ).toBe(true);
    expect(slopes?.slice(0, 3).every((line) => line.some((slope) => slope !== 0))).toBe(true);
    disposeModule(block);
  });

  it("drops in training only, and leaves the buffers as they are after a step", async () => {
    await using backend = await openBackend([js()]);
    const random = new Random(8);
    const options = { backend, width: 4, heads: 2, random };
    const model = sequential(
      transformerBlock({ ...options, dropout: 0.5 }),
      transformerBlock({ ...options, causal: true }),
    );
    const parameters = model.parameters.map(({ variable }) => variable);
    const x = BlockMatrix.fromArray(backend, random.normal(20), {
      rows: 5,
      cols: 4,
      dtype: "f32",
      blockRows: [2, 3],
    });
    const step = (): void => {
      scope(() => {
        gradients(sum(model.forward(x, { random })), parameters);
      });
    };
    step();
    const { buffers } = backend.memoryUsage();
    step();
    expect(backend.memoryUsage().buffers).toBe(buffers);
    const evaluated = (training?: Training): BlockMatrix =>
      scope(() => noGrad(() => model.forward(x, training).value));
    const used = [0, 1].map(() => evaluated());
    expect(await used[0]?.toArray()).toEqual(await used[1]?.toArray());
    const trained = [0, 1].map(() => evaluated({ random }));
    expect(await trained[0]?.toArray()).not.toEqual(await trained[1]?.toArray());
    disposeModule(model);
    for (const matrix of [x, ...used, ...trained]) matrix.dispose();
    expect(backend.memoryUsage().buffers).toBe(0);
  });

  it("refuses heads that do not divide the width", () => {
    const options = { backend, width: 4, random: new Random(1) };
    expect(() => multiHeadAttention({ ...options, heads: 3 })).toThrow(/divide the width of 4/);
  });
});
