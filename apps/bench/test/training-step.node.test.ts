import { js } from "@blk/backend-js";
import { type Backend, openBackend } from "@blk/core";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { loadFashionMnist } from "../src/data/fashion-mnist.js";
import { missingPeers, peers, type TrainingSpec, trainingConstants } from "../src/peers/index.js";
import { requirePeer } from "../src/peers/peer-module.js";
import { Random } from "../src/random.js";
import { prepareAutograd } from "../src/workloads/autograd-step.js";
import type { BenchCase } from "../src/workloads/bench-case.js";
import { initialWeights } from "../src/workloads/fashion-mnist.js";
import {
  convolutionalId,
  lossTolerance,
  prepareTraining,
  trainingCases,
} from "../src/workloads/training-step.js";

// Everything takes longer while other packages are tested beside.
vi.setConfig({ testTimeout: 60_000 });

let backend: Backend;
let cases: readonly BenchCase[];
beforeAll(async () => {
  backend = await openBackend([js()]);
  cases = await trainingCases(await loadFashionMnist({ split: "bundled" }));
}, 60_000);
afterAll(() => backend.dispose());

test("networks learn in f32 what they learn in f64, and free their memory", async () => {
  expect(cases).toHaveLength(4);
  const before = backend.memoryUsage();
  for (const { create } of cases) {
    const instance = create();
    const training = instance.prepare(backend);
    for (let step = 0; step < 5; step++) await training.run();
    const losses = await training.result();
    expect(instance.check(losses)).toBeUndefined();
    // From about what guessing gives, ln 10, downwards.
    expect(losses).toHaveLength(3);
    expect(losses[0]).toBeGreaterThan(2);
    expect(losses[2]).toBeLessThan(losses[0]! * 0.8);
    expect(instance.check(losses.map((loss) => loss * (1 + 2 * lossTolerance)))).toMatch(/instead/);
    training.dispose();
  }
  expect(backend.memoryUsage()).toEqual(before);
});

/** So few rows and so wide layers that of no row all outputs of a layer are zero. */
const rows = 16;

/** A small network on noise. */
function spec(parts: Partial<TrainingSpec> = {}): TrainingSpec {
  const random = new Random("training");
  const sizes = [6, 12, 9, 3];
  const batches = [1, 2].map(() => ({
    images: random.values("f32", rows * 6) as Float32Array,
    labels: Float32Array.from({ length: rows * 3 }, (_, i) => Number(i % 3 === (i >> 3) % 3)),
  }));
  const weights = initialWeights(sizes, random);
  const about = { sizes, weights, batch: rows, batches, rate: 0.05, lossSteps: 4 };
  return { ...about, optimizer: "adam", ...parts };
}

async function losses(
  of: TrainingSpec,
  prepare: typeof prepareTraining = prepareTraining,
): Promise<readonly number[]> {
  const training = prepare(backend, of, "f64");
  for (let step = 0; step < of.lossSteps; step++) await training.run();
  const found = [...(await training.result())];
  training.dispose();
  return found;
}

describe.each(["adam", "momentum"] as const)("%s", (optimizer) => {
  test("does what its formula says", async () => {
    const of = spec({ optimizer });
    const expected = onHost(of);
    for (const [i, loss] of (await losses(of)).entries()) expect(loss).toBeCloseTo(expected[i]!, 6);
  });

  test("with gradients by hand and automatic ones is the same, but for roundings", async () => {
    const of = spec({ optimizer });
    const [byHand, automatic] = [await losses(of), await losses(of, prepareAutograd)];
    // What the formulas round differently; Adam's first steps go by signs.
    for (const [i, loss] of automatic.entries()) expect(loss).toBeCloseTo(byHand[i]!, 11);
  });

  test("another rate is beyond the tolerance", async () => {
    const [right, other] = [
      await losses(spec({ optimizer })),
      onHost(spec({ optimizer, rate: 0.06 })),
    ];
    expect(Math.abs(right[1]! - other[1]!)).toBeGreaterThan(lossTolerance * right[1]!);
  });
});

/** The same by differences: the loss, and its slope by each weight and bias. */
function onHost({ sizes, weights, batches, optimizer, rate, lossSteps }: TrainingSpec): number[] {
  const layers = sizes.slice(1).map((outputs, i) => ({ inputs: sizes[i]!, outputs }));
  const parameters = layers.flatMap(({ outputs }, i) => [
    Float64Array.from(weights[i]!),
    new Float64Array(outputs),
  ]);
  const lossOf = (images: Float32Array, labels: Float32Array): number => {
    let total = 0;
    for (let row = 0; row < rows; row++) {
      let x = [...images.subarray(row * sizes[0]!, (row + 1) * sizes[0]!)];
      for (const [i, { inputs, outputs }] of layers.entries()) {
        const [w, b] = [parameters[2 * i]!, parameters[2 * i + 1]!];
        x = Array.from({ length: outputs }, (_, j) => {
          let sum = b[j]!;
          for (let k = 0; k < inputs; k++) sum += x[k]! * w[k * outputs + j]!;
          return i + 1 < layers.length ? Math.max(sum, 0) : sum;
        });
      }
      const logSum = Math.log(x.reduce((sum, score) => sum + Math.exp(score), 0));
      for (const [j, score] of x.entries()) total += labels[row * x.length + j]! * (logSum - score);
    }
    return total / rows;
  };
  const { momentum, beta1, beta2, epsilon } = trainingConstants;
  const moments = parameters.map((p) => [new Float64Array(p.length), new Float64Array(p.length)]);
  const found: number[] = [];
  for (let t = 1; t <= lossSteps; t++) {
    const { images, labels } = batches[(t - 1) % batches.length]!;
    found.push(lossOf(images, labels));
    const gradients = parameters.map((p) =>
      p.map((value, at) => {
        // So small that hardly any ReLU bends in between.
        const h = 1e-7;
        p[at] = value + h;
        const above = lossOf(images, labels);
        p[at] = value - h;
        const below = lossOf(images, labels);
        p[at] = value;
        return (above - below) / (2 * h);
      }),
    );
    for (const [i, p] of parameters.entries()) {
      const [m, s] = moments[i] as [Float64Array, Float64Array];
      for (const [at, g] of gradients[i]!.entries()) {
        if (optimizer === "momentum") {
          m[at] = momentum * m[at]! + g;
          p[at]! -= rate * m[at]!;
          continue;
        }
        m[at] = beta1 * m[at]! + (1 - beta1) * g;
        s[at] = beta2 * s[at]! + (1 - beta2) * g * g;
        const [mean, square] = [m[at]! / (1 - beta1 ** t), s[at]! / (1 - beta2 ** t)];
        p[at]! -= (rate * mean) / (Math.sqrt(square) + epsilon);
      }
    }
  }
  return found;
}

describe.skipIf(missingPeers().length > 0)(
  "TensorFlow.js (skipped where it is not installed)",
  () => {
    const learning = peers.filter(({ name }) => name.startsWith("TensorFlow.js"));

    test.each(learning.map((peer) => [peer.name, peer] as const))(
      "%s learns the same, and keeps nothing",
      async (_, peer) => {
        const tf = requirePeer<{ memory(): { numTensors: number } }>("@tensorflow/tfjs-core").api;
        const session = await peer.load();
        for (const benchCase of cases) {
          const before = tf.memory().numTensors;
          const instance = benchCase.create();
          const run = await instance.peer?.(session);
          if (run === undefined) {
            // It lacks a kernel.
            expect([peer.name, benchCase.id]).toEqual(["TensorFlow.js wasm", convolutionalId]);
            continue;
          }
          for (let step = 0; step < 3; step++) await run.run();
          const during = tf.memory().numTensors;
          await run.run();
          expect(tf.memory().numTensors).toBe(during);
          expect(instance.check(await run.result())).toBeUndefined();
          run.dispose();
          // Its momentum forgets to free one number.
          expect(tf.memory().numTensors - before).toBeLessThanOrEqual(1);
        }
        await session.dispose();
      },
    );
  },
);
