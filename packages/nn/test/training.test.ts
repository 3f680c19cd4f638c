import { js } from "@blk/backend-js";
import { wasm } from "@blk/backend-wasm";
import {
  type Backend,
  BlockMatrix,
  expr,
  map,
  matmul,
  openBackend,
  relu,
  scope,
  softmax,
  sum,
  unitRoundoff,
} from "@blk/core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import * as nn from "../src/index.js";

const [inputs, hidden, classes, batch] = [20, 16, 5, 12];

describe.each([
  ["js", js],
  ["wasm", () => wasm({ threads: 1 })],
] as const)("training on %s", (_, provider) => {
  let backend: Backend;
  beforeAll(async () => {
    backend = await openBackend([provider()]);
  });
  afterAll(() => backend.dispose());

  const modelOf = (random: nn.Random): nn.Module =>
    nn.sequential(
      nn.linear({ backend, inputs, outputs: hidden, activation: relu, random }),
      nn.dropout({ rate: 0.25 }),
      nn.blockSparseLinear({
        backend,
        inputs: hidden,
        outputs: hidden,
        blockRows: 4,
        blockCols: 8,
        pattern: { density: 0.5 },
        activation: expr.tanh,
        random,
      }),
      nn.layerNorm({ backend, width: hidden }),
      nn.checkpointed(nn.linear({ backend, inputs: hidden, outputs: hidden, random })),
      nn.rmsNorm({ backend, width: hidden }),
      (x) => nn.map(x, relu),
      nn.linear({ backend, inputs: hidden, outputs: classes, random }),
    );

  const dataOf = (random: nn.Random) => {
    const x = Float32Array.from(random.normal(batch * inputs));
    const labels = Int32Array.from({ length: batch }, (_, i) => i % classes);
    return [
      BlockMatrix.fromArray(backend, x, { rows: batch, cols: inputs }),
      BlockMatrix.fromArray(backend, labels, { rows: batch, cols: 1 }),
    ] as const;
  };

  const optimisers = {
    sgd: (p: readonly nn.NamedParameter[]) => nn.sgd(p, { rate: 0.1 }),
    momentum: (p: readonly nn.NamedParameter[]) => nn.sgd(p, { rate: 0.02, momentum: 0.9 }),
    adam: (p: readonly nn.NamedParameter[]) => nn.adam(p, { rate: 0.01, clipNorm: 1 }),
    adamW: (p: readonly nn.NamedParameter[]) =>
      nn.adamW(p, { rate: nn.cosineRate({ rate: 0.01, steps: 60, warmUp: 5 }), decay: 0.1 }),
  };

  it.each(Object.entries(optimisers))(
    "with %s lowers the loss and leaves the number of buffers as it is",
    async (_, optimiserOf) => {
      const random = new nn.Random(11);
      const model = modelOf(random);
      const [x, labels] = dataOf(random);
      const optimiser = optimiserOf(model.parameters);
      const parameters = model.parameters.map(({ variable }) => variable);
      const step = (): nn.Variable => {
        const loss = nn.softmaxCrossEntropy(model.forward(x, { random }), labels);
        const gradients = nn.gradients(loss, parameters);
        optimiser.step(gradients);
        for (const gradient of gradients) gradient.dispose();
        return loss;
      };
      const first = step();
      const before = await first.toNumber();
      first.dispose();
      const { buffers, bytes } = backend.memoryUsage();
      for (let i = 0; i < 60; i++) {
        step().dispose();
        expect(backend.memoryUsage()).toEqual({ buffers, bytes });
      }
      const after = scope(() => nn.noGrad(() => nn.softmaxCrossEntropy(model.forward(x), labels)));
      expect(await after.toNumber()).toBeLessThan(before / 4);
      for (const item of [after, x, labels, optimiser]) item.dispose();
      nn.disposeModule(model);
      expect(backend.memoryUsage().buffers).toBe(0);
    },
  );

  it("asks the system for no memory after the first step", () => {
    const random = new nn.Random(15);
    const model = modelOf(random);
    const [x, labels] = dataOf(random);
    const optimiser = nn.adam(model.parameters, { rate: 0.01 });
    const parameters = model.parameters.map(({ variable }) => variable);
    const step = (): void => {
      using loss = nn.softmaxCrossEntropy(model.forward(x, { random }), labels);
      const gradients = nn.gradients(loss, parameters);
      optimiser.step(gradients);
      for (const gradient of gradients) gradient.dispose();
    };
    step();
    const systemBytes = watchSystemMemory(backend, x);
    const before = systemBytes.read();
    // So many that a loss of 10 kB in each is more than what a memory grows ahead.
    for (let i = 0; i < 400; i++) step();
    const after = systemBytes.read();
    systemBytes.end();
    expect(after).toBe(before);
    for (const item of [x, labels, optimiser]) item.dispose();
    nn.disposeModule(model);
  });

  it("in a scope frees what the step made and keeps the state", () => {
    const random = new nn.Random(12);
    const model = modelOf(random);
    const [x, labels] = dataOf(random);
    const optimiser = nn.adam(model.parameters, { rate: 0.01 });
    const { buffers } = backend.memoryUsage();
    for (let i = 0; i < 3; i++) {
      using loss = scope(() => {
        const loss = nn.softmaxCrossEntropy(model.forward(x, { random }), labels);
        const parameters = model.parameters.map(({ variable }) => variable);
        optimiser.step(nn.gradients(loss, parameters));
        return loss;
      });
      expect(loss.value.disposed).toBe(false);
    }
    expect(backend.memoryUsage().buffers).toBe(buffers);
    for (const item of [x, labels, optimiser]) item.dispose();
    nn.disposeModule(model);
  });

  it("gives the gradients of a network written by hand", async () => {
    const random = new nn.Random(13);
    const model = nn.sequential(
      nn.linear({ backend, inputs, outputs: hidden, activation: relu, random }),
      nn.linear({ backend, inputs: hidden, outputs: classes, random }),
    );
    const [x, labels] = dataOf(random);
    const [w1, b1, w2, b2] = model.parameters.map(({ variable }) => variable.value);
    const expected = scope(() => {
      const h = matmul(x, w1 as BlockMatrix, { bias: b1 as BlockMatrix, activation: relu });
      const p = softmax(matmul(h, w2 as BlockMatrix, { bias: b2 as BlockMatrix }));
      const iota = BlockMatrix.fromRows(backend, [[0, 1, 2, 3, 4]], { dtype: "i32" });
      const y = map([labels, iota], expr.equal, { dtype: "f32" });
      const delta2 = map([p, y], (p, y) => expr.div(expr.sub(p, y), batch));
      const delta1 = matmul(delta2, w2 as BlockMatrix, {
        transposeB: true,
        operands: [h],
        epilogue: (g, h) => expr.select(expr.less(0, h), g, 0),
      });
      return [
        matmul(x, delta1, { transposeA: true }),
        sum(delta1, { per: "column" }),
        matmul(h, delta2, { transposeA: true }),
        sum(delta2, { per: "column" }),
      ];
    });
    using loss = nn.softmaxCrossEntropy(model.forward(x), labels);
    const got = nn.gradients(
      loss,
      model.parameters.map(({ variable }) => variable),
    );
    for (const [i, gradient] of got.entries()) {
      const wanted = await (expected[i] as BlockMatrix).toArray();
      const values = await gradient.toArray();
      // Only the derivative of the loss is rounded in another order: some roundings of p ≤ 1, and
      // sums of at most `hidden·batch` terms of it times weights and inputs below 4.
      const bound = 16 * batch * unitRoundoff("f32");
      values.forEach((value, j) => {
        expect(Math.abs(value - (wanted[j] as number))).toBeLessThan(bound);
      });
      expect(values.some((value) => value !== 0)).toBe(true);
    }
    for (const matrix of [...expected, ...got, x, labels]) matrix.dispose();
    nn.disposeModule(model);
  });

  it("makes one call of the backend for a layer forward, and few for a step", () => {
    const random = new nn.Random(14);
    const model = nn.sequential(
      nn.linear({ backend, inputs, outputs: hidden, activation: relu, random }),
      nn.linear({ backend, inputs: hidden, outputs: hidden, activation: expr.tanh, random }),
      nn.linear({ backend, inputs: hidden, outputs: classes, random }),
    );
    const [x, labels] = dataOf(random);
    const calls = { multiply: 0, map: 0, reduce: 0 };
    const counted = backend as unknown as Record<keyof typeof calls, (...args: never[]) => void>;
    for (const name of ["multiply", "map", "reduce"] as const) {
      const original = counted[name];
      counted[name] = (...args: never[]) => {
        calls[name] += 1;
        original.apply(backend, args);
      };
    }
    try {
      using scores = model.forward(x);
      expect(calls).toEqual({ multiply: 3, map: 0, reduce: 0 });
      using loss = nn.softmaxCrossEntropy(scores, labels);
      const afterLoss = { ...calls };
      const got = nn.gradients(
        loss,
        model.parameters.map(({ variable }) => variable),
      );
      for (const gradient of got) gradient.dispose();
      // Two products a layer, but for the first, whose input wants no gradient; a sum per bias; the
      // loss's gradient is the only pass, slopes being epilogues.
      expect(calls.multiply - afterLoss.multiply).toBe(5);
      expect(calls.reduce - afterLoss.reduce).toBe(3);
      expect(calls.map - afterLoss.map).toBeLessThanOrEqual(1 + softmaxMaps(backend));
    } finally {
      for (const name of ["multiply", "map", "reduce"] as const) {
        delete (counted as Partial<typeof counted>)[name];
      }
    }
    for (const matrix of [x, labels]) matrix.dispose();
    nn.disposeModule(model);
  });
});

/** Passes of a softmax that core composes. */
function softmaxMaps({ fused }: Backend): number {
  return fused?.softmax === undefined ? 2 : 0;
}

/**
 * Bytes that a backend has asked the system for: the size of the memory that all its buffers share,
 * and that of array buffers made since.
 */
function watchSystemMemory(backend: Backend, some: BlockMatrix) {
  const storage = some.storage("test");
  if (storage.kind !== "dense" || backend.hostMemory === undefined)
    throw new Error("no host memory");
  const { buffer } = storage.view;
  const { hostMemory } = backend;
  const original = globalThis.ArrayBuffer;
  let made = 0;
  globalThis.ArrayBuffer = class extends original {
    constructor(byteLength: number) {
      super(byteLength);
      made += byteLength;
    }
  } as typeof ArrayBuffer;
  return {
    read: () => hostMemory.call(backend, buffer, "f32").buffer.byteLength + made,
    end: () => {
      globalThis.ArrayBuffer = original;
    },
  };
}
