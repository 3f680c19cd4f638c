import { js } from "@blk/backend-js";
import { wasm } from "@blk/backend-wasm";
import { type Backend, BlockMatrix, expr, gather, openBackend } from "@blk/core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  adam,
  type Bytes,
  type CheckpointStore,
  type FitOptions,
  type FitProgress,
  type FitResult,
  fit,
  type Model,
  map,
  openSafetensors,
  parameter,
  Random,
  softmaxCrossEntropy,
} from "../../src/index.js";
import { corners, smallModel } from "./small-model.js";

/** A checkpoint in memory. */
class MemoryStore implements CheckpointStore {
  bytes: Bytes | undefined;
  writes = 0;

  async read<T>(use: Parameters<CheckpointStore["read"]>[0]): Promise<T | undefined> {
    return this.bytes && ((await use(await openSafetensors(this.bytes))) as T);
  }

  async write(pieces: AsyncIterable<Uint8Array>): Promise<void> {
    const all: number[] = [];
    for await (const piece of pieces) all.push(...piece);
    this.bytes = Uint8Array.from(all);
    this.writes += 1;
  }
}

async function bits(model: Model): Promise<string> {
  const arrays = await Promise.all(model.parameters.map(({ variable }) => variable.toArray()));
  return JSON.stringify(arrays.map((array) => [...array]));
}

describe.each([
  ["js", js()],
  ["wasm", wasm({ threads: 1 })],
] as const)("fit on %s", (_, provider) => {
  let backend: Backend;
  beforeAll(async () => {
    backend = await openBackend([provider]);
  });
  afterAll(() => backend.dispose());

  /** Trains the small model on 100 points, and tells what came of it. */
  async function train(
    options: Partial<FitOptions> = {},
    { model = smallModel(backend), rate = 0.01 } = {},
  ): Promise<{ result: FitResult; bits: string }> {
    const data = corners(backend, 100);
    const optimiser = adam(model.parameters, { rate });
    try {
      const result = await fit(model, data, {
        ...{
          epochs: 3,
          batchSize: 16,
          optimiser,
          loss: softmaxCrossEntropy,
          random: new Random(3),
        },
        ...options,
      });
      return { result, bits: await bits(model) };
    } finally {
      optimiser.dispose();
      data.inputs.dispose();
      data.targets.dispose();
      for (const { variable } of model.parameters) variable.dispose();
    }
  }

  test("learns, reports, measures held-out data, and frees all it made", async () => {
    const before = backend.memoryUsage().buffers;
    const seen: FitProgress[] = [];
    const validation = corners(backend, 31, 2);
    const { result } = await train({ epochs: 20, validation, onProgress: (p) => seen.push(p) });
    validation.inputs.dispose();
    validation.targets.dispose();
    expect(result).toMatchObject({ stopped: false, steps: 20 * 7 });
    expect(result.epochs).toHaveLength(20);
    const last = result.epochs.at(-1)!;
    expect(last.accuracy).toBeGreaterThan(0.95);
    expect(last.validation!.accuracy).toBeGreaterThan(0.95);
    expect(last.loss).toBeLessThan(result.epochs[0]!.loss / 2);
    expect(seen.filter(({ result }) => result !== undefined)).toHaveLength(20);
    expect(seen.at(-1)).toMatchObject({ epoch: 20, epochs: 20, step: 7, steps: 7, secondsLeft: 0 });
    expect(backend.memoryUsage().buffers).toBe(before);
  });

  test("the same seed gives the same bits, another one others", async () => {
    const first = await train();
    expect((await train()).bits).toBe(first.bits);
    expect((await train({ random: new Random(4) })).bits).not.toBe(first.bits);
  });

  test("a run that is stopped at any step goes on to the same bits and results", async () => {
    const { bits: expected, result } = await train();
    for (const stopAt of [1, 6, 7, 8, 13, 20]) {
      const store = new MemoryStore();
      const checkpoint = { store, everySteps: 1000 };
      const controller = new AbortController();
      let steps = 0;
      const loss: FitOptions["loss"] = (outputs, targets) => {
        steps += 1;
        if (steps === stopAt) controller.abort();
        return softmaxCrossEntropy(outputs, targets);
      };
      const stopped = await train({ checkpoint, signal: controller.signal, loss });
      expect(stopped.result).toMatchObject({ stopped: stopAt < 21, steps: stopAt });
      const resumed = await train({ checkpoint });
      expect(resumed.bits).toBe(expected);
      const withoutTime = ({ epochs }: FitResult): object[] =>
        epochs.map(({ seconds, ...rest }) => rest);
      expect(withoutTime(resumed.result)).toEqual(withoutTime(result));
    }
  });

  test("saves every so many steps, and a finished run has nothing left to do", async () => {
    const store = new MemoryStore();
    const checkpoint = { store, everySteps: 5 };
    const first = await train({ checkpoint });
    expect(store.writes).toBe(5);
    const again = await train({ checkpoint });
    expect(again.bits).toBe(first.bits);
    expect(again.result.steps).toBe(21);
    expect(store.writes).toBe(5);
  });

  test.each<[string, Partial<FitOptions>, string]>([
    ["of other batches", { batchSize: 8 }, "batches have 16"],
  ])("a checkpoint %s is refused", async (_, options, message) => {
    const store = new MemoryStore();
    await train({ checkpoint: { store } });
    await expect(train({ checkpoint: { store }, ...options })).rejects.toThrowError(
      expect.objectContaining({ code: "DATA", message: expect.stringContaining(message) }),
    );
    const model = smallModel(backend);
    const extra = parameter(BlockMatrix.fromRows(backend, [[1]]));
    const parameters = [...model.parameters, { name: "extra", variable: extra }];
    await expect(
      train({ checkpoint: { store } }, { model: { ...model, parameters } }),
    ).rejects.toThrowError(/has no parameters\/extra/);
  });

  test("a rate that is too large stops with the step, the layer, and weights from before", async () => {
    const before = backend.memoryUsage().buffers;
    const model = smallModel(backend);
    const error = await train({ epochs: 50 }, { model, rate: 1e37 }).catch(
      (error: unknown) => error,
    );
    expect(error).toMatchObject({ code: "NOT_CONVERGED" });
    const { message, details } = error as Error & { details: Record<string, unknown> };
    expect(message).toMatch(
      /^fit: the loss of step \d of epoch \d is (NaN|Infinity); first not finite is/,
    );
    expect(message).toContain("lower the optimiser's rate");
    expect(["0", "2"]).toContain(details["layer"]);
    expect(backend.memoryUsage().buffers).toBe(before);
  });

  test("names the operation where a number first overflows, and keeps the weights of that step", async () => {
    const model = smallModel(backend);
    let step = 0;
    // Of step 5, and of its repetition, the second layer overflows.
    const forward: Model["forward"] = (x, training) => {
      const outputs = model.forward(x, training);
      const large = map(outputs, (y) =>
        expr.exp(expr.add(y, isFifth(x as BlockMatrix) ? 1000 : 0)),
      );
      return map([outputs, large], (y, z) => expr.add(y, expr.mul(0, z)));
    };
    const fifth = new Random(3).permutation(100).slice(64, 80);
    const data = corners(backend, 100);
    const isFifth = (x: BlockMatrix): boolean => x === current && step === 5;
    let current: BlockMatrix | undefined;
    const dataset = {
      size: 100,
      batch: (samples: Int32Array) => {
        step = samples[0] === fifth[0] ? 5 : 0;
        const rows = [...samples].map((sample) => sample);
        current = rowsOf(data.inputs, rows);
        return { inputs: current, targets: rowsOf(data.targets, rows) };
      },
    };
    const optimiser = adam(model.parameters, { rate: 0.01 });
    const saved: Promise<string>[] = [];
    const loss: FitOptions["loss"] = (outputs, targets) => {
      if (step === 5) saved.push(bits(model));
      return softmaxCrossEntropy(outputs, targets);
    };
    const trained = { parameters: model.parameters, forward };
    const options = { epochs: 2, batchSize: 16, optimiser, loss, random: new Random(3) };
    const error = (await fit(trained, dataset, options).catch((e: unknown) => e)) as Error;
    expect(error.message).toContain("the loss of step 5 of epoch 1 is NaN");
    expect(error.message).toContain('in layer "2"');
    expect((error as Error & { details: { samples: number[] } }).details.samples).toEqual([
      ...fifth,
    ]);
    // As it was in step 5 when that ran first, and when it was repeated.
    expect(await Promise.all(saved)).toEqual([await bits(model), await bits(model)]);
  });

  test("says that the data holds NaN", async () => {
    const model = smallModel(backend);
    const optimiser = adam(model.parameters, { rate: 0.01 });
    const { targets } = corners(backend, 4);
    const inputs = BlockMatrix.fromArray(backend, new Float32Array(16).fill(Number.NaN), {
      rows: 4,
      cols: 4,
    });
    const options = {
      epochs: 1,
      batchSize: 2,
      optimiser,
      loss: softmaxCrossEntropy,
      random: new Random(1),
    };
    await expect(fit(model, { inputs, targets }, options)).rejects.toThrowError(
      /first not finite is the batch's inputs\. Likely cause: the data itself/,
    );
  });

  test("steady steps allocate nothing that stays", async () => {
    const counts = new Set<number>();
    let steps = 0;
    const loss: FitOptions["loss"] = (outputs, targets) => {
      steps += 1;
      if (steps % 7 === 3) counts.add(backend.memoryUsage().buffers);
      return softmaxCrossEntropy(outputs, targets);
    };
    await train({ epochs: 10, loss, shuffle: false });
    // Of a span that is being read, the copies live a little longer.
    expect(counts.size).toBeLessThanOrEqual(2);
  });

  test.each<[Partial<FitOptions>, string]>([
    [{ epochs: -1 }, "epochs"],
    [{ epochs: 1.5 }, "epochs"],
    [{ batchSize: 0 }, "batchSize"],
    [{ checkpoint: { store: new MemoryStore(), everySteps: 0 } }, "everySteps"],
  ])("refuses %j", async (options, message) => {
    await expect(train(options)).rejects.toThrowError(
      expect.objectContaining({ code: "ARGUMENT", message: expect.stringContaining(message) }),
    );
  });

  test("no samples and no epochs are nothing to do", async () => {
    expect((await train({ epochs: 0 })).result).toEqual({ epochs: [], stopped: false, steps: 0 });
  });
});

function rowsOf(matrix: BlockMatrix, rows: readonly number[]): BlockMatrix {
  return gather(matrix, rows);
}
