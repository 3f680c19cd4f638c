import { js } from "@blk/backend-js";
import {
  type Activation,
  type Backend,
  BlockMatrix,
  expr,
  map as mapMatrix,
  openBackend,
  relu,
  scope,
} from "@blk/core";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { convolutionTables } from "../../src/images/convolution-tables.js";
import { geometryOf } from "../../src/images/geometry.js";
import {
  averagePool,
  conv2d,
  disposeModule,
  flatten,
  gather,
  gradients,
  type ImageModule,
  map,
  matmul,
  maxPool,
  type Pair,
  pixels,
  Random,
  repartition,
  sequential,
  sum,
  type Variable,
  type WindowOptions,
} from "../../src/index.js";
import { examplesOn, others, patience } from "../backends.js";
import {
  type Checked,
  checkAgainstDouble,
  checkGradients,
  checkSecondDerivatives,
  gradientsOf,
} from "../gradient-check.js";
import { matrixOf, numbers } from "../matrices.js";
import { type Images, naiveConvolution, naivePool } from "./naive-images.js";

let backend: Backend;
beforeAll(async () => {
  backend = await openBackend([js()]);
});
afterAll(() => backend.dispose());

interface Example {
  readonly count: number;
  readonly height: number;
  readonly width: number;
  readonly groups: number;
  readonly perGroup: number;
  readonly outputsPerGroup: number;
  readonly windows: WindowOptions;
}

const pair = (min: number, max: number): fc.Arbitrary<readonly [number, number]> =>
  fc.tuple(fc.integer({ min, max }), fc.integer({ min, max }));

/** Convolutions of which at least one window fits; images up to a size, and channels up to a number. */
function examplesUpTo(size: number, channels: number): fc.Arbitrary<Example> {
  const someChannels = fc.integer({ min: 1, max: channels });
  return fc
    .record({
      count: fc.integer({ min: 1, max: 2 }),
      height: fc.integer({ min: 1, max: size }),
      width: fc.integer({ min: 1, max: size }),
      groups: someChannels,
      perGroup: someChannels,
      outputsPerGroup: someChannels,
      windows: fc.record({
        kernel: pair(1, 3),
        stride: pair(1, 3),
        padding: pair(0, 2),
        dilation: pair(1, 2),
      }),
    })
    .filter(({ height, width, windows }) =>
      [height, width].every((size, i) => {
        const reach = at(windows.dilation, i) * (at(windows.kernel, i) - 1);
        return size + 2 * at(windows.padding, i) > reach;
      }),
    );
}

const at = (pair: Pair | undefined, i: number): number => (pair as readonly number[])[i] as number;

/** A layer of f64 for an example, whose weights can be given. */
function layerOf(
  example: Example,
  on: Backend = backend,
  dtype: "f32" | "f64" = "f64",
): ImageModule {
  const { height, width, groups, perGroup, outputsPerGroup, windows } = example;
  const image = { height, width, channels: groups * perGroup };
  const outputs = groups * outputsPerGroup;
  const random = new Random(1);
  return conv2d({ backend: on, image, outputs, groups, random, dtype, ...windows });
}

function imagesOf({ count, height, width, groups, perGroup }: Example, seed = 1): Images {
  const channels = groups * perGroup;
  return {
    count,
    height,
    width,
    channels,
    numbers: numbers(count * height * width * channels, seed),
  };
}

function matrixOfImages({ count, height, width, channels, numbers }: Images): BlockMatrix {
  const data = Float64Array.from(numbers);
  return BlockMatrix.fromArray(backend, data, { rows: count * height * width, cols: channels });
}

const wide: Example = {
  count: 2,
  height: 7,
  width: 5,
  groups: 1,
  perGroup: 3,
  outputsPerGroup: 5,
  windows: { kernel: 3, padding: 1, stride: [1, 2] },
};

const grouped: Example = { ...wide, groups: 3, perGroup: 2, outputsPerGroup: 1 };

/** Rounding of sums of some hundred terms of order 1, with a margin of ten. */
const bounds = { f32: 1000 * 2 ** -24, f64: 1000 * 2 ** -53, f16: 1, i32: 0 };

const { tanh } = expr;

function tablesOf(on: Backend, { height, width, windows }: Example) {
  return convolutionTables(on, geometryOf("test", { height, width, channels: 1 }, windows));
}

/** The layer of an example as a function of images, weight and bias. */
function convolutionOf(example: Example, activation?: Activation): Checked {
  return (x, weight, bias) => {
    const { rows, inverse } = tablesOf(x.backend, example).of(example.count);
    const cut = repartition(x, { blockCols: example.perGroup });
    const activated = activation === undefined ? {} : { activation };
    return matmul(cut, weight, { rows, inverseRows: inverse, bias, ...activated });
  };
}

function inputsOf(example: Example): [BlockMatrix, BlockMatrix, BlockMatrix] {
  const layer = layerOf(example);
  const fit = (x: BlockMatrix): BlockMatrix =>
    mapMatrix(x, (x) => expr.div(expr.floor(expr.mul(1024, x)), 1024));
  const bias = matrixOf(backend, 1, example.groups * example.outputsPerGroup, 9);
  return [matrixOfImages(imagesOf(example)), fit(only(layer, 0).value), bias];
}

/** Whether no window can lie wholly in the padding. */
function hasNoEmptyWindow({ windows: { kernel, padding, dilation } }: Example): boolean {
  return [0, 1].every(
    (i) => at(padding, i) === 0 || (at(dilation, i) === 1 && at(padding, i) < at(kernel, i)),
  );
}

const only = (module: ImageModule, index: number): Variable =>
  module.parameters[index]?.variable as Variable;

describe("conv2d", () => {
  it("is the sum over the pixels of each window", async () => {
    await fc.assert(
      fc.asyncProperty(examplesUpTo(6, 3), async (example) => {
        const layer = layerOf(example);
        const images = imagesOf(example);
        using x = matrixOfImages(images);
        using y = layer.forward(x);
        const weight = await only(layer, 0).toArray();
        const outputs = example.groups * example.outputsPerGroup;
        const expected = naiveConvolution(images, weight, outputs, example.windows);
        const got = await y.toArray();
        expect(got.length).toBe(expected.length);
        expect(layer.image.height * layer.image.width * example.count).toBe(y.rows);
        for (let i = 0; i < got.length; i++) expect(got[i]).toBeCloseTo(expected[i] as number, 10);
        disposeModule(layer);
      }),
      { numRuns: 60, seed: 7 },
    );
  });

  it("has the gradients of its definition", async () => {
    await fc.assert(
      fc.asyncProperty(examplesUpTo(4, 2), async (example) => {
        await checkGradients(convolutionOf(example), inputsOf(example));
      }),
      { numRuns: 8, seed: 11 },
    );
  });

  it("has second derivatives", async () => {
    const windows = { kernel: 2, stride: [1, 2], padding: [0, 1] } as const;
    const sizes = { count: 1, height: 3, width: 2, groups: 2, perGroup: 1, outputsPerGroup: 2 };
    const example = { ...sizes, windows };
    await checkSecondDerivatives(convolutionOf(example, tanh), inputsOf(example));
  });

  it("sums the gradient of many windows piece by piece", async () => {
    const example = { ...wide, count: 3, height: 100, width: 101 };
    const [x, weight, bias] = inputsOf(example);
    const pieces = gradientsOf(convolutionOf(example), [x, weight, bias]);
    const whole = gradientsOf(
      (x, weight, bias) => {
        const { rows } = tablesOf(x.backend, example).of(3);
        return matmul(gather(x, rows), weight, { bias });
      },
      [x, weight, bias],
    );
    for (const [i, gradient] of pieces.entries()) {
      const [got, expected] = [await gradient.toArray(), await whole[i]?.toArray()];
      const scale = Math.max(...got.map(Math.abs));
      got.forEach((value, at) => {
        // Sums of at most 15,300 terms, in two orders.
        expect(Math.abs(value - (expected?.[at] as number))).toBeLessThan(
          15_300 * 2 ** -52 * scale,
        );
      });
    }
  });

  it.each(others)(
    "on %s in another type",
    async (_, provider, dtype) => {
      await using other = await openBackend([provider()]);
      for (const example of [wide, grouped]) {
        const f = convolutionOf(example, relu);
        await checkAgainstDouble(f, inputsOf(example), other, dtype, bounds[dtype]);
      }
      await fc.assert(
        fc.asyncProperty(examplesUpTo(4, 2), async (example) => {
          const f = convolutionOf(example);
          await checkAgainstDouble(f, inputsOf(example), other, dtype, bounds[dtype]);
        }),
        examplesOn(other),
      );
    },
    patience,
  );
});

describe("pooling", () => {
  it.each([
    ["the largest pixel", maxPool, (inside: readonly number[]) => Math.max(...inside)],
    [
      "the mean",
      averagePool,
      (inside: readonly number[]) => inside.reduce((x, y) => x + y) / inside.length,
    ],
  ] as const)("is %s of each window, and has its gradient", async (_, pool, combine) => {
    await fc.assert(
      fc.asyncProperty(examplesUpTo(5, 2).filter(hasNoEmptyWindow), async (example) => {
        const images = imagesOf(example);
        const layer = pool({ backend, image: images, ...example.windows });
        const x = matrixOfImages(images);
        const got = await scope(() => layer.forward(x).value).toArray();
        const expected = naivePool(images, example.windows, combine);
        expect(got.length).toBe(expected.length);
        for (const [i, value] of got.entries()) {
          expect(value).toBeCloseTo(expected[i] as number, 12);
        }
        await checkGradients((x) => layer.forward(x), [x]);
        disposeModule(layer);
      }),
      { numRuns: 20, seed: 5 },
    );
  });

  it("gives the gradient of equal pixels to the first", async () => {
    const layer = maxPool({ backend, image: { height: 2, width: 4, channels: 1 }, kernel: 2 });
    using x = BlockMatrix.fromRows(backend, [[3], [3], [-1], [-2], [1], [3], [-1], [-1]]);
    const [dx] = gradientsOf((x) => layer.forward(x), [x]);
    const weights = [0.5, -0.5 - 37 / 64];
    const expected = [weights[0], 0, weights[1], 0, 0, 0, 0, 0];
    expect(Array.from((await dx?.toArray()) ?? [])).toEqual(expected);
    disposeModule(layer);
  });

  it("has second derivatives", async () => {
    const image = { height: 3, width: 3, channels: 2 };
    const windows = { kernel: 2, stride: 1 };
    for (const pool of [maxPool, averagePool]) {
      const layer = pool({ backend, image, ...windows });
      const f: Checked = (x) => layer.forward(map(x, (x) => expr.mul(x, expr.mul(x, x))));
      await checkSecondDerivatives(f, [matrixOf(backend, 9, 2, 3)]);
      disposeModule(layer);
    }
  });

  it.each(others)(
    "on %s in another type",
    async (_, provider, dtype) => {
      await using other = await openBackend([provider()]);
      for (const pool of [maxPool, averagePool]) {
        const image = { height: 7, width: 5, channels: 3 };
        const f: Checked = (x) =>
          pool({ backend: x.backend, image, kernel: 3, stride: 2, padding: 1 }).forward(x);
        await checkAgainstDouble(f, [matrixOf(backend, 70, 3, 4)], other, dtype, bounds[dtype]);
        await fc.assert(
          fc.asyncProperty(examplesUpTo(4, 2).filter(hasNoEmptyWindow), async (example) => {
            const image = imagesOf(example);
            const f: Checked = (x) =>
              pool({ backend: x.backend, image, ...example.windows }).forward(x);
            await checkAgainstDouble(f, [matrixOfImages(image)], other, dtype, bounds[dtype]);
          }),
          examplesOn(other),
        );
      }
    },
    patience,
  );

  it("refuses windows in which nothing is", () => {
    const image = { height: 3, width: 3, channels: 1 };
    expect(() => maxPool({ backend, image, kernel: 1, padding: 1 })).toThrow(
      /wholly in the padding/,
    );
  });
});

describe("a network of images", () => {
  it("is the composition of its layers, and its gates change no gradient", async () => {
    const image = { height: 6, width: 4, channels: 1 };
    const weight = matrixOf(backend, 9, 3, 5);
    const last = matrixOf(backend, 3 * 2 * 3, 2, 6);
    const f: Checked = (x, weight, last) => {
      const { rows, inverse } = convolutionTables(
        backend,
        geometryOf("test", image, { kernel: 3, padding: 1 }),
      ).of(2);
      const steps = sequential(
        pixels({ image }),
        (x) => matmul(x, weight, { rows, inverseRows: inverse, activation: tanh }),
        maxPool({ backend, image: { ...image, channels: 3 }, kernel: 2 }),
        flatten({ image: { height: 3, width: 2, channels: 3 } }),
        (x) => matmul(x, last),
      );
      return steps.forward(x);
    };
    await checkGradients(f, [matrixOf(backend, 2, 24, 7), weight, last]);
  });

  it("leaves the buffers as they are after a step", async () => {
    await using backend = await openBackend([js()]);
    const random = new Random(3);
    const image = { height: 6, width: 6, channels: 1 };
    const first = conv2d({
      backend,
      image,
      outputs: 4,
      kernel: 3,
      padding: 1,
      random,
      activation: relu,
    });
    const second = maxPool({ backend, image: first.image, kernel: 2 });
    const model = sequential(pixels({ image }), first, second, flatten({ image: second.image }));
    const parameters = model.parameters.map(({ variable }) => variable);
    const step = (images: number): void => {
      const x = BlockMatrix.full(backend, 1, { rows: images, cols: 36 });
      scope(() => {
        gradients(sum(model.forward(x)), parameters);
      });
      x.dispose();
    };
    step(3);
    const { buffers } = backend.memoryUsage();
    step(3);
    step(2);
    expect(backend.memoryUsage().buffers).toBe(buffers);
    disposeModule(model);
    expect(backend.memoryUsage().buffers).toBe(0);
  });

  it.each([
    ["another number of channels", 36, 2],
    ["part of an image", 35, 1],
  ])("refuses %s", (_, rows, cols) => {
    const image = { height: 6, width: 6, channels: 1 };
    const layer = conv2d({ backend, image, outputs: 1, kernel: 1, random: new Random(1) });
    using x = BlockMatrix.full(backend, 1, { rows, cols });
    expect(() => layer.forward(x)).toThrow(/conv2d: expected a row for each pixel/);
    disposeModule(layer);
  });
});
