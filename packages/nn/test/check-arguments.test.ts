/** What a new user gets wrong: each is said, with what was expected and what came. */
import { js } from "@blk/backend-js";
import { type Backend, BlockMatrix, isBlkError, openBackend } from "@blk/core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import * as nn from "../src/index.js";

let backend: Backend;
beforeAll(async () => {
  backend = await openBackend([js()]);
});
afterAll(() => backend.dispose());

const random = new nn.Random(1);
const image = { height: 3, width: 3, channels: 2 };
const row = (...values: number[]): BlockMatrix => BlockMatrix.fromRows(backend, [values]);
const parameters = () => [{ name: "w", variable: nn.parameter(row(1, 2)) }];

/** Options of a layer, with some changed: to nothing, mostly. */
function wrong<Options extends object>(options: Options, change: object): Options {
  return { ...options, ...change };
}

const linear = () => ({ backend, random, inputs: 2, outputs: 2 });
const sparse = () => ({ ...linear(), blockRows: 1, blockCols: 1, pattern: { density: 0.5 } });
const table = () => ({ backend, random, count: 2, width: 2 });
const conv = () => ({ backend, random, image, outputs: 2, kernel: 2 });
const heads = () => ({ backend, random, width: 4, heads: 2 });

const nothing = undefined as never;

describe("what is no argument is refused, with what was expected", () => {
  it.each<[RegExp, () => unknown]>([
    [/^linear: expected options such as \{ backend, inputs/, () => nn.linear(nothing)],
    [/^linear: expected an open backend, got undefined/, () => nn.linear({} as never)],
    [
      /inputs to be a whole number of 0 or more, got -1/,
      () => nn.linear(wrong(linear(), { inputs: -1 })),
    ],
    [/outputs .*, got undefined/, () => nn.linear(wrong(linear(), { outputs: undefined }))],
    [
      /^linear: expected random to be a Random, got 3/,
      () => nn.linear(wrong(linear(), { random: 3 })),
    ],
    [/density of undefined/, () => nn.blockSparseLinear(wrong(sparse(), { pattern: undefined }))],
    [/density of undefined/, () => nn.blockSparseLinear(wrong(sparse(), { pattern: 0.5 }))],
    [
      /^blockSparseLinear: expected inputs/,
      () => nn.blockSparseLinear(wrong(sparse(), { inputs: 0.5 })),
    ],
    [/^embedding: expected count/, () => nn.embedding(wrong(table(), { count: -3 }))],
    [/^embedding: expected random/, () => nn.embedding(wrong(table(), { random: undefined }))],
    [
      /^conv2d: expected image to be \{ height/,
      () => nn.conv2d(wrong(conv(), { image: undefined })),
    ],
    [
      /image.height .* got 3.5/,
      () => nn.conv2d(wrong(conv(), { image: { ...image, height: 3.5 } })),
    ],
    [
      /image.channels .* got 0/,
      () => nn.conv2d(wrong(conv(), { image: { ...image, channels: 0 } })),
    ],
    [
      /^conv2d: expected kernel .* got undefined/,
      () => nn.conv2d(wrong(conv(), { kernel: undefined })),
    ],
    [/^conv2d: expected stride .* got 1, 0/, () => nn.conv2d(wrong(conv(), { stride: [1, 0] }))],
    [/^maxPool: expected options/, () => nn.maxPool(nothing)],
    [/^averagePool: expected an open backend/, () => nn.averagePool({ image, kernel: 2 } as never)],
    [/^pixels: expected options/, () => nn.pixels(nothing)],
    [/^flatten: expected image/, () => nn.flatten({} as never)],
    [/^dropout: expected options/, () => nn.dropout(nothing)],
    [/^dropout: expected rate .* got NaN/, () => nn.dropout({ rate: Number.NaN })],
    [
      /^dropout, training: expected random/,
      () => nn.dropout({ rate: 0.5 }).forward(row(1), {} as never),
    ],
    [
      /^multiHeadAttention: expected heads/,
      () => nn.multiHeadAttention(wrong(heads(), { heads: undefined })),
    ],
    [
      /heads that divide the width of 4, got 3/,
      () => nn.multiHeadAttention(wrong(heads(), { heads: 3 })),
    ],
    [
      /heads that divide the width of 4, got 0/,
      () => nn.multiHeadAttention(wrong(heads(), { heads: 0 })),
    ],
    [
      /^transformerBlock: expected hidden/,
      () => nn.transformerBlock(wrong(heads(), { hidden: -1 })),
    ],
    [/^layerNorm: expected width/, () => nn.layerNorm({ backend } as never)],
    [/^rmsNorm: expected epsilon/, () => nn.rmsNorm({ backend, width: 2, epsilon: -1 })],
    [
      /^sequential: expected a module or a function as step 1/,
      () => nn.sequential(nn.dropout({ rate: 0 }), nothing),
    ],
    [
      /function of step 0 to give a variable, got undefined/,
      () => nn.sequential(() => nothing).forward(row(1)),
    ],
    [/^checkpointed: expected a module/, () => nn.checkpointed(nothing)],
    [/^checkpoint: expected fn/, () => nn.checkpoint(nothing, [])],
    [
      /^checkpoint: expected the function to give a variable/,
      () => nn.checkpoint(() => nothing, [row(1)]),
    ],
    [/^disposeModule: expected a module/, () => nn.disposeModule(nothing)],
    [/^noGrad: expected fn/, () => nn.noGrad(nothing)],
    [/^differentiable: expected forward/, () => nn.differentiable({} as never)],
    [
      /^differentiableMany: expected backward/,
      () => nn.differentiableMany({ forward: () => [] } as never),
    ],
    [/^parameter: expected a BlockMatrix, got Array/, () => nn.parameter([1] as never)],
    [
      /^gradients: .* got Variable; write/,
      () => nn.gradients(nn.mul(nn.parameter(row(1)), row(1)), nn.parameter(row(1)) as never),
    ],
    [/^gradients: .* got BlockMatrix among them/, () => nn.gradients(row(1) as never, [])],
    [
      /^gradients: .* got undefined among them/,
      () => nn.gradients(nn.parameter(row(1)), [nothing]),
    ],
    [/^attention: expected a BlockMatrix/, () => nn.attention(nothing, row(1), row(1))],
    [/^normaliseRows: expected a BlockMatrix/, () => nn.normaliseRows(row(1), { gain: nothing })],
    [/^meanSquaredError: expected a BlockMatrix/, () => nn.meanSquaredError(row(1), nothing)],
    [
      /^binaryCrossEntropy: expected a BlockMatrix, got 1/,
      () => nn.binaryCrossEntropy(row(1), 1 as never),
    ],
    [/^softmaxCrossEntropy: expected a BlockMatrix/, () => nn.softmaxCrossEntropy(nothing, row(1))],
    [
      /^softmaxCrossEntropy: .* as target, got undefined/,
      () => nn.softmaxCrossEntropy(row(1), nothing),
    ],
    [/^sgd: expected options/, () => nn.sgd(parameters(), nothing)],
    [
      /^adam: expected a list of \{ name, variable \}/,
      () => nn.adam({ parameters } as never, { rate: 1 }),
    ],
    [
      /^adam: expected a list of \{ name, variable \}/,
      () => nn.adam([nn.parameter(row(1))] as never, { rate: 1 }),
    ],
    [/^adam: expected rate .* got undefined/, () => nn.adam(parameters(), {} as never)],
    [/^adamW: expected rate .* got NaN/, () => nn.adamW(parameters(), { rate: Number.NaN })],
    [/^sgd: expected rate .* got -1/, () => nn.sgd(parameters(), { rate: -1 })],
    [/^sgd: expected momentum .* got 1/, () => nn.sgd(parameters(), { rate: 1, momentum: 1 })],
    [/^sgd: expected clipNorm .* got 0/, () => nn.sgd(parameters(), { rate: 1, clipNorm: 0 })],
    [/^adam: expected beta1 .* got 1/, () => nn.adam(parameters(), { rate: 1, beta1: 1 })],
    [/^adam: expected beta2 .* got 1/, () => nn.adam(parameters(), { rate: 1, beta2: 1 })],
    [/^adam: expected epsilon/, () => nn.adam(parameters(), { rate: 1, epsilon: -1 })],
    [/^adamW: expected decay/, () => nn.adamW(parameters(), { rate: 1, decay: -1 })],
    [
      /^sgd: expected a variable as the gradient of w/,
      () => nn.sgd(parameters(), { rate: 1 }).step([row(1, 2) as never]),
    ],
    [
      /^sgd: expected a gradient for each of 1/,
      () => nn.sgd(parameters(), { rate: 1 }).step(nothing),
    ],
    [
      /the rate of step 0 .* got NaN/,
      () => nn.sgd(parameters(), { rate: () => Number.NaN }).step([new nn.Variable(row(1, 2))]),
    ],
    [/^constantRate: expected rate/, () => nn.constantRate(Number.NaN)],
    [/^stepRate: expected every .* got 0/, () => nn.stepRate({ rate: 1, factor: 0.5, every: 0 })],
    [/^stepRate: expected factor/, () => nn.stepRate({ rate: 1, factor: -1, every: 1 })],
    [/^cosineRate: expected options/, () => nn.cosineRate(nothing)],
    [/^cosineRate: expected least/, () => nn.cosineRate({ rate: 1, steps: 2, least: -1 })],
    [/^Random: expected the count .* got -1/, () => random.normal(-1)],
    [/^Random: expected the count .* got 1.5/, () => random.uniform(1.5)],
    [/^Random: expected the count/, () => random.permutation(Number.NaN)],
  ])("%s", (message, call) => {
    try {
      call();
    } catch (error) {
      expect(isBlkError(error, "ARGUMENT"), String(error)).toBe(true);
      expect((error as Error).message).toMatch(message);
      return;
    }
    expect.fail("nothing was refused");
  });

  it.each<[RegExp, () => Promise<unknown>]>([
    [/expected \{ name: matrix, … \}/, () => nn.encodeSafetensors(nothing)],
    [
      /as "w", got Variable; a variable has its matrix as value/,
      () => nn.encodeSafetensors({ w: nn.parameter(row(1)) as never }),
    ],
    [/as "w", got 1/, () => nn.encodeSafetensors({ w: 1 as never })],
    [/the name of a tensor/, () => nn.encodeSafetensors([row(1)] as never)],
    [
      /as "w", got Object/,
      () => nn.encodeSafetensors({ w: { dtype: "F32", shape: [-1], bytes: new Uint8Array(0) } }),
    ],
  ])("%s", async (message, call) => {
    const error: unknown = await call().catch((error: unknown) => error);
    expect(isBlkError(error, "ARGUMENT"), String(error)).toBe(true);
    expect((error as Error).message).toMatch(message);
  });
});

describe("shapes that fit by mistake", () => {
  it("a column against a row is no pair of prediction and target", () => {
    using column = BlockMatrix.fromRows(backend, [[1], [2]]);
    using target = row(1, 2);
    for (const loss of [nn.meanSquaredError, nn.binaryCrossEntropy]) {
      expect(() => loss(column, target)).toThrow(/pair each element with every other/);
      expect(() => loss(column, row(1))).not.toThrow();
      expect(() => loss(row(1), column)).not.toThrow();
    }
  });

  it("gradients in another order than the parameters are noticed", () => {
    const [w, b] = [nn.parameter(row(1, 2)), nn.parameter(row(1))];
    const named = [
      { name: "w", variable: w },
      { name: "b", variable: b },
    ];
    expect(() => nn.sgd(named, { rate: 1 }).step([b, w])).toThrow(
      /the gradient of w, 1×2.* is 1×1/,
    );
  });

  it("no parameters at all are nothing to do, clipped or not", () => {
    expect(() => nn.sgd([], { rate: 1, clipNorm: 1 }).step([])).not.toThrow();
  });
});
