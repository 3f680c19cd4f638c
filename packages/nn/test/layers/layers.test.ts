import { js } from "@blk/backend-js";
import { wasm } from "@blk/backend-wasm";
import { type Backend, BlockMatrix, expr, gelu, openBackend, relu, transfer } from "@blk/core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import * as nn from "../../src/index.js";
import { checkGradients } from "../gradient-check.js";
import { matrixOf } from "../matrices.js";

let backend: Backend;
beforeAll(async () => {
  backend = await openBackend([js()]);
});
afterAll(() => backend.dispose());

const options = () => ({ backend, random: new nn.Random(1), dtype: "f64" as const });

describe("linear", () => {
  it("is x·W + b, then the activation", async () => {
    const layer = nn.linear({ ...options(), inputs: 3, outputs: 2, activation: gelu });
    const [weight, bias] = layer.parameters.map(({ variable }) => variable) as [
      nn.Variable,
      nn.Variable,
    ];
    bias.assign(matrixOf(backend, 1, 2, 3));
    using x = matrixOf(backend, 4, 3, 2);
    using y = layer.forward(x);
    using expected = nn.map(nn.add(nn.matmul(x, weight), bias), gelu);
    const wanted = await expected.toArray();
    (await y.toArray()).forEach((value, i) => {
      expect(value).toBeCloseTo(wanted[i] as number, 12);
    });
    expect(layer.parameters.map(({ name }) => name)).toEqual(["weight", "bias"]);
    nn.disposeModule(layer);
  });

  it("starts with weights of the deviation of He", async () => {
    const layer = nn.linear({ ...options(), inputs: 200, outputs: 50, activation: gelu });
    const weights = await (layer.parameters[0] as nn.NamedParameter).variable.toArray();
    let square = 0;
    for (const weight of weights) square += weight ** 2 / weights.length;
    // The mean square of 10,000 numbers has a relative deviation of √(2/10,000).
    expect(Math.abs(square * 100 - 1)).toBeLessThan(5 * Math.sqrt(2 / weights.length));
    nn.disposeModule(layer);
  });

  it("can do without bias", () => {
    const layer = nn.linear({ ...options(), inputs: 2, outputs: 2, bias: false });
    expect(layer.parameters.length).toBe(1);
    nn.disposeModule(layer);
  });
});

describe("blockSparseLinear", () => {
  it("has equally many blocks in each column, and keeps them", () => {
    const layer = nn.blockSparseLinear({
      ...options(),
      inputs: 8,
      outputs: 6,
      blockRows: 2,
      blockCols: 3,
      pattern: { density: 0.5 },
    });
    const [weight] = layer.parameters.map(({ variable }) => variable) as [nn.Variable];
    const { pattern } = weight.value;
    expect(pattern?.count).toBe(4);
    expect(pattern?.transpose().columnsOf(1).length).toBe(2);
    using x = matrixOf(backend, 3, 8, 2);
    using loss = nn.sum(layer.forward(x));
    const [gradient] = nn.gradients(loss, [weight]) as [nn.Variable];
    expect(gradient.value.pattern?.toString()).toBe(pattern?.toString());
    gradient.dispose();
    nn.disposeModule(layer);
  });

  it("works in proportion to its blocks, forward and for both gradients", () => {
    const layer = nn.blockSparseLinear({
      ...options(),
      inputs: 8,
      outputs: 6,
      blockRows: 2,
      blockCols: 3,
      pattern: { density: 0.25 },
      activation: relu,
    });
    const [weight, bias] = layer.parameters.map(({ variable }) => variable) as [
      nn.Variable,
      nn.Variable,
    ];
    using x = nn.parameter(matrixOf(backend, 5, 8, 2));
    let work = 0;
    const { multiply } = backend;
    backend.multiply = (products, more) => {
      for (const { c, terms } of products) {
        for (const { a } of terms) work += c.rows * c.cols * a.cols;
      }
      multiply.call(backend, products, more);
    };
    try {
      using loss = nn.sum(layer.forward(x));
      for (const gradient of nn.gradients(loss, [x, weight, bias])) gradient.dispose();
    } finally {
      backend.multiply = multiply;
    }
    const stored = 2 * (2 * 3);
    expect(work).toBe(3 * 5 * stored);
    nn.disposeModule(layer);
  });

  it("refuses a density that is none", () => {
    const make = (density: number) => () =>
      nn.blockSparseLinear({
        ...options(),
        inputs: 2,
        outputs: 2,
        blockRows: 1,
        blockCols: 1,
        pattern: { density },
      });
    expect(make(0)).toThrow(/\{ density \} in \(0, 1\], got/);
    expect(make(1.1)).toThrow(/\{ density \} in \(0, 1\], got/);
  });
});

describe("embedding", () => {
  it("gives rows, and its gradient adds them up", async () => {
    const layer = nn.embedding({ ...options(), count: 4, width: 2 });
    const [weight] = layer.parameters.map(({ variable }) => variable) as [nn.Variable];
    using indices = BlockMatrix.fromRows(backend, [[3], [-1], [3]], { dtype: "i32" });
    using rows = layer.forward(indices);
    const table = await weight.toRows();
    expect(await rows.toRows()).toEqual([table[3], [0, 0], table[3]]);
    using loss = nn.sum(rows);
    const [gradient] = nn.gradients(loss, [weight]) as [nn.Variable];
    expect(await gradient.toRows()).toEqual([
      [0, 0],
      [0, 0],
      [0, 0],
      [2, 2],
    ]);
    gradient.dispose();
    nn.disposeModule(layer);
  });
});

describe("norms", () => {
  it("layerNorm gives rows of mean 0 and variance 1, and the gradients of its differences", async () => {
    const layer = nn.layerNorm({ ...options(), width: 5, epsilon: 0 });
    using x = matrixOf(backend, 3, 5, 2);
    using y = layer.forward(x);
    for (const row of await y.toRows()) {
      expect(row.reduce((a, b) => a + b)).toBeCloseTo(0, 12);
      expect(row.reduce((a, b) => a + b * b, 0)).toBeCloseTo(5, 12);
    }
    await checkGradients((x) => layer.forward(x), [x]);
    nn.disposeModule(layer);
  });

  it("rmsNorm gives rows of mean square 1, and the gradients of its differences", async () => {
    const layer = nn.rmsNorm({ ...options(), width: 5, epsilon: 0 });
    using x = matrixOf(backend, 3, 5, 2);
    using y = layer.forward(x);
    for (const row of await y.toRows()) {
      expect(row.reduce((a, b) => a + b * b, 0)).toBeCloseTo(5, 12);
    }
    await checkGradients((x) => layer.forward(x), [x]);
    nn.disposeModule(layer);
  });

  it.each([
    ["layerNorm", nn.layerNorm, { sums: 2, passes: 1 }, { sums: 4, passes: 1 }],
    ["rmsNorm", nn.rmsNorm, { sums: 1, passes: 1 }, { sums: 2, passes: 1 }],
  ])("%s takes few passes, forward and backward", (_, normOf, forward, backward) => {
    const layer = normOf({ ...options(), width: 5 });
    const weights = layer.parameters.map(({ variable }) => variable);
    using x = nn.parameter(matrixOf(backend, 3, 5, 2));
    using seed = matrixOf(backend, 3, 5, 3);
    const { reduce, map } = backend;
    const counts = { sums: 0, passes: 0 };
    backend.reduce = (...args) => {
      counts.sums += 1;
      reduce.apply(backend, args);
    };
    backend.map = (...args) => {
      counts.passes += 1;
      map.apply(backend, args);
    };
    try {
      using y = layer.forward(x);
      expect(counts).toEqual(forward);
      Object.assign(counts, { sums: 0, passes: 0 });
      for (const gradient of nn.gradients(y, [x, ...weights], { seed })) gradient.dispose();
      expect(counts).toEqual(backward);
    } finally {
      Object.assign(backend, { reduce, map });
    }
    nn.disposeModule(layer);
  });

  it("refuse a gain of another width", () => {
    const layer = nn.rmsNorm({ ...options(), width: 1 });
    using x = matrixOf(backend, 3, 5, 2);
    expect(() => layer.forward(x)).toThrow(/gain and shift of 1×5.*got 1×1/);
    nn.disposeModule(layer);
  });

  it("have the gradients of gain and shift", async () => {
    using x = matrixOf(backend, 3, 5, 2);
    const layer = nn.layerNorm({ ...options(), width: 5, epsilon: 0 });
    using weights = matrixOf(backend, 3, 5, 3);
    using normal = nn.noGrad(() => layer.forward(x));
    using loss = nn.sum(nn.mul(layer.forward(x), weights));
    const [gain, shift] = nn.gradients(
      loss,
      layer.parameters.map(({ variable }) => variable),
    ) as [nn.Variable, nn.Variable];
    using ofGain = nn.sum(nn.mul(normal, weights), { per: "column" });
    using ofShift = nn.sum(weights, { per: "column" });
    const wanted = await ofGain.toArray();
    (await gain.toArray()).forEach((g, i) => {
      expect(g).toBeCloseTo(wanted[i] as number, 12);
    });
    expect(await shift.toArray()).toEqual(await ofShift.toArray());
    for (const item of [gain, shift]) item.dispose();
    nn.disposeModule(layer);
  });
});

describe("dropout", () => {
  it("keeps the mean, draws the same mask on every backend, and is nothing outside of training", async () => {
    await using other = await openBackend([wasm({ threads: 2 })]);
    const layer = nn.dropout({ rate: 0.25 });
    using x = BlockMatrix.full(backend, 3, { rows: 100, cols: 37 });
    using moved = await transfer(x, other);
    using here = layer.forward(x, { random: new nn.Random(7) });
    using there = layer.forward(moved, { random: new nn.Random(7) });
    const values = await here.toArray();
    expect(await there.toArray()).toEqual(values);
    const dropped = values.filter((value) => value === 0).length / values.length;
    expect(new Set(values)).toEqual(new Set([0, 4]));
    // Five standard deviations of a share of n draws.
    expect(Math.abs(dropped - 0.25)).toBeLessThan(5 * Math.sqrt((0.25 * 0.75) / values.length));
    expect(layer.forward(x).value).toBe(x);
    expect(() => nn.dropout({ rate: 1 })).toThrow(/rate to be from 0 to below 1/);
  });

  it("has the gradient of its mask", async () => {
    using x = matrixOf(backend, 3, 4, 2);
    const layer = nn.dropout({ rate: 0.5 });
    await checkGradients((x) => layer.forward(x, { random: new nn.Random(3) }), [x]);
  });
});

describe("sequential", () => {
  it("composes modules and functions, and names parameters by their first place", async () => {
    const own = (): nn.Module => nn.linear({ ...options(), inputs: 2, outputs: 2, bias: false });
    const inner = nn.sequential(own());
    const model = nn.sequential(inner, (x) => nn.map(x, expr.tanh), own(), inner);
    expect(model.parameters.map(({ name }) => name)).toEqual(["0.0.weight", "2.weight"]);
    using x = matrixOf(backend, 3, 2, 2);
    await checkGradients((x) => model.forward(x), [x]);
    nn.disposeModule(model);
  });
});

describe("checkpointed", () => {
  it("has the gradients of the module, with less kept meanwhile, and the same dropout", async () => {
    const inner = nn.sequential(
      nn.linear({ ...options(), inputs: 3, outputs: 8, activation: gelu }),
      nn.dropout({ rate: 0.5 }),
      nn.linear({ ...options(), inputs: 8, outputs: 2, activation: gelu }),
    );
    const module = nn.checkpointed(inner);
    const variables = module.parameters.map(({ variable }) => variable);
    using x = nn.parameter(matrixOf(backend, 3, 3, 2));
    const run = async (of: nn.Module, random: nn.Random) => {
      const { buffers } = backend.memoryUsage();
      using loss = nn.sum(of.forward(x, { random }));
      const kept = backend.memoryUsage().buffers - buffers;
      const got = nn.gradients(loss, [x, ...variables]);
      const values = await Promise.all(got.map((gradient) => gradient.toArray()));
      for (const gradient of got) gradient.dispose();
      return { values, kept };
    };
    const plain = await run(inner, new nn.Random(5).fork());
    const again = await run(module, new nn.Random(5));
    expect(again.values).toEqual(plain.values);
    expect(again.kept).toBeLessThan(plain.kept);
    nn.disposeModule(module);
  });

  it("refuses parameters that are results, and a second derivative", () => {
    using x = nn.parameter(matrixOf(backend, 1, 1, 2));
    using y = nn.mul(x, x);
    expect(() => nn.checkpoint((x) => x, [x], [y])).toThrow(/pass it as an input/);
    using loss = nn.checkpoint((x) => nn.mul(x, x), [x]);
    expect(() => nn.gradients(loss, [x], { createGraph: true })).toThrow(/first derivative only/);
  });
});
