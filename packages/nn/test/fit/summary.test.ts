import { js } from "@blk/backend-js";
import { type Backend, BlockMatrix, openBackend, relu } from "@blk/core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  averagePool,
  checkpointed,
  conv2d,
  disposeModule,
  embedding,
  flatten,
  layerNorm,
  linear,
  type Module,
  map,
  matmul,
  maxPool,
  multiHeadAttention,
  parameter,
  pixels,
  Random,
  rmsNorm,
  type SummaryOptions,
  sequential,
  summary,
  transformerBlock,
} from "../../src/index.js";
import { smallModel } from "./small-model.js";

test("lists the layers with shapes, cuts, parameters, multiply-adds and memory", async () => {
  await using backend = await openBackend([js()]);
  const model = smallModel(backend);
  const before = backend.memoryUsage();
  const result = summary(model, { rows: 10 });
  // 3 of 4 blocks of 2×8, a bias of 16; 16×3 and a bias of 3.
  expect(result.layers).toEqual([
    {
      ...{ name: "0", kind: "blockSparseLinear", output: [10, 16] },
      shapes: ["weight 4×16, 2×2 blocks, 75 % present", "bias 1×16"],
      ...{ parameters: 48 + 16, parameterBytes: 4 * 64, multiplyAdds: 10 * 48 },
      activationBytes: result.layers[0]!.activationBytes,
    },
    {
      ...{ name: "1", kind: "dropout", output: [10, 16], shapes: [] },
      // The result and the mask.
      ...{ parameters: 0, parameterBytes: 0, multiplyAdds: 0, activationBytes: 2 * 640 },
    },
    {
      ...{ name: "2", kind: "linear", output: [10, 3], shapes: ["weight 16×3", "bias 1×3"] },
      ...{ parameters: 51, parameterBytes: 204, multiplyAdds: 10 * 48, activationBytes: 120 },
    },
  ]);
  // Its result, once or before and after the activation.
  expect([640, 1280]).toContain(result.layers[0]!.activationBytes);
  expect(result).toMatchObject({ parameters: 115, multiplyAdds: 960, rows: 10 });
  const lines = String(result).split("\n");
  expect(lines[0]).toMatch(/^layer {2}kind +output +parameters +count +multiply-adds +memory$/);
  expect(lines[1]).toContain("weight 4×16, 2×2 blocks, 75 % present; bias 1×16");
  expect(lines[4]).toMatch(/^total +115 +960/);
  expect(backend.memoryUsage()).toEqual(before);
  disposeModule(model);
  expect(backend.memoryUsage().buffers).toBe(0);
});

test("counts products of weights with each other, and takes a model without a tree", async () => {
  await using backend = await openBackend([js()]);
  const [u, v] = [
    parameter(BlockMatrix.zeros(backend, { rows: 5, cols: 2 })),
    parameter(BlockMatrix.zeros(backend, { rows: 2, cols: 7 })),
  ];
  const model: Pick<Module, "parameters" | "forward"> = {
    parameters: [
      { name: "u", variable: u },
      { name: "v", variable: v },
    ],
    forward: (x) => matmul(matmul(x, u), v, { transposeA: false }),
  };
  const { layers } = summary(model, { rows: 3 });
  expect(layers.map(({ name, multiplyAdds }) => [name, multiplyAdds])).toEqual([
    ["u", 3 * 5 * 2],
    ["v", 3 * 2 * 7],
  ]);
  expect(() => summary({ parameters: [], forward: model.forward }, { rows: 3 })).toThrowError(
    expect.objectContaining({ code: "ARGUMENT" }),
  );
});

describe("the figures of every kind of layer", () => {
  let backend: Backend;
  beforeAll(async () => {
    backend = await openBackend([js()]);
  });
  afterAll(() => backend.dispose());

  /** Name, result, multiply-adds, and elements kept for the backward pass. */
  function figures(model: Module, options: SummaryOptions): readonly unknown[] {
    const before = backend.memoryUsage().buffers;
    const { layers } = summary(model, options);
    // Tables of images stay with their layers.
    const tables = String(layers.map(({ kind }) => kind)).match(/conv2d|Pool/g)?.length ?? 0;
    if (tables === 0) expect(backend.memoryUsage().buffers).toBe(before);
    return layers.map(({ name, kind, output, multiplyAdds, activationBytes }) =>
      [name, kind, output?.join("×"), multiplyAdds, activationBytes / 4].join(" "),
    );
  }

  const square = (width: number, activation?: typeof relu): Module =>
    linear({
      ...{ backend, inputs: width, outputs: width, random: new Random(1) },
      ...(activation && { activation }),
    });

  test("on images", () => {
    const random = new Random(1);
    const image = { height: 6, width: 6, channels: 2 };
    const conv = conv2d({ backend, image, outputs: 4, kernel: 3, groups: 2, random });
    const largest = maxPool({ backend, image: conv.image, kernel: 2 });
    const mean = averagePool({ backend, image: largest.image, kernel: 2 });
    const flat = flatten({ image: mean.image });
    const model = sequential(
      ...[pixels({ image }), conv, largest, mean, flat],
      ...[layerNorm({ backend, width: 4 }), rmsNorm({ backend, width: 4 })],
    );
    expect(figures(model, { rows: 3, cols: 72 })).toEqual([
      "0 pixels 108×2 0 0",
      // 16 windows an image; 9 places, of one channel to two outputs, for each of two groups.
      `1 conv2d 48×4 ${48 * 9 * 2 * 2} ${48 * 4}`,
      // With the place of the largest.
      `2 maxPool 12×4 0 ${2 * 12 * 4}`,
      `3 averagePool 3×4 0 ${3 * 4}`,
      "4 flatten 3×4 0 0",
      // With mean and variance of each row.
      `5 layerNorm 3×4 0 ${3 * 4 + 2 * 3}`,
      `6 rmsNorm 3×4 0 ${3 * 4 + 3}`,
    ]);
  });

  test("on sequences", () => {
    const random = new Random(1);
    const input = BlockMatrix.zeros(backend, { rows: 6, cols: 4, blockRows: [2, 4] });
    const attention = multiHeadAttention({ backend, width: 4, heads: 2, causal: true, random });
    // Scores of 2² + 4² pairs for each of two heads, and a mixture of as many rows of 2.
    const pairs = 4 + 16;
    const [ofAttention, kept] = [2 * pairs * 4, 6 * 4 + 2 * pairs];
    const projections = ["query", "key", "value", "output"].map(
      (name) => `${name} linear 6×4 96 24`,
    );
    expect(figures(attention, { rows: 6, input })).toEqual([
      `multiHeadAttention multiHeadAttention 6×4 ${ofAttention} ${kept}`,
      ...projections,
    ]);
    const block = transformerBlock({ backend, width: 4, heads: 2, random, dropout: 0.5 });
    expect(figures(sequential(block), { rows: 6, input })).toEqual([
      // Two masks, what they leave, and two sums.
      `0 transformerBlock 6×4 0 ${6 * 24}`,
      "0.attentionNorm layerNorm 6×4 0 36",
      `0.attention multiHeadAttention 6×4 ${ofAttention} ${kept}`,
      ...projections.map((line) => `0.attention.${line}`),
      "0.hiddenNorm layerNorm 6×4 0 36",
      // Before and after gelu, whose slope is no function of its value.
      `0.widen linear 6×16 ${6 * 4 * 16} ${2 * 6 * 16}`,
      `0.narrow linear 6×4 ${6 * 4 * 16} 24`,
    ]);
    const tokens = BlockMatrix.zeros(backend, { rows: 3, cols: 1, dtype: "i32" });
    const table = embedding({ backend, count: 9, width: 4, random });
    expect(figures(table, { rows: 3, input: tokens })).toEqual(["embedding embedding 3×4 0 12"]);
    expect(() => summary(table, { rows: 3 })).toThrowError(/i32.*summary tried an input of 3×9/);
  });

  test("within a checkpoint, of which only results are kept", () => {
    const inner = sequential(square(8, relu), square(8));
    const model = sequential(checkpointed(inner), checkpointed(square(8)), (x) => map(x, relu));
    expect(figures(model, { rows: 5, cols: 8 })).toEqual([
      "0 checkpointed sequential 5×8 0 40",
      "0.0 linear 5×8 320 0",
      "0.1 linear 5×8 320 0",
      "1 checkpointed linear 5×8 320 40",
      "2 function 5×8 0 40",
    ]);
    expect(summary(model, { rows: 5, cols: 8 }).parameters).toBe(3 * 72);
  });

  test("that is at several places, or in a model without names", () => {
    const shared = square(4);
    expect(figures(sequential(shared, shared), { rows: 3 })).toEqual([
      "0 linear 3×4 48 12",
      "1 linear 3×4 48 12",
    ]);
    const hidden = sequential(square(4), square(4));
    const outer: Module = {
      kind: "own",
      parameters: hidden.parameters.map(({ name, variable }) => ({
        name: `part.${name}`,
        variable,
      })),
      forward: (x) => map(hidden.forward(x), relu),
      children: [{ name: "part", module: hidden }],
    };
    expect(figures(sequential(outer), { rows: 3 })).toEqual([
      "0 own 3×4 0 12",
      "0.part.0 linear 3×4 48 12",
      "0.part.1 linear 3×4 48 12",
    ]);
  });
});
