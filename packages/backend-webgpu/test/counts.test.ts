import { type CountingBackend, countsOf, type DeviceCounts } from "@blk/conformance";
import { BlockMatrix, expr, matmul, relu, scope, softmax, sub } from "@blk/core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { provider } from "./gpu.js";

// What a device is asked to do: each dispatch, submission and byte costs a real one time.

let backend: CountingBackend;

beforeAll(async () => {
  backend = (await provider.create()) as CountingBackend;
});

afterAll(async () => {
  await backend.dispose();
});

function filled(rows: number, cols: number, value: number): BlockMatrix {
  return BlockMatrix.full(backend, value, { rows, cols });
}

test.each([
  [128, 784, 128],
  [512, 256, 512],
  [64, 64, 10],
])("a layer of %i×%i·%i with bias and activation is one dispatch", async (m, k, n) => {
  const [x, w, bias] = [filled(m, k, 1), filled(n, k, 0.5), filled(1, n, 1)];
  const layer = (): void => matmul(x, w, { transposeB: true, bias, activation: relu }).dispose();
  expect(await countsOf(backend, layer)).toEqual({ dispatches: 1, submissions: 1, bytesRead: 0 });
  for (const matrix of [x, w, bias]) matrix.dispose();
});

describe("a training step of 784-128-10", () => {
  const rate = 0.1;

  test("is nine dispatches in one submission, and reads nothing back", async () => {
    const [x, target] = [filled(128, 784, 0.5), filled(128, 10, 0.1)];
    const [w1, b1, w2, b2] = [
      filled(784, 128, 0.01),
      filled(1, 128, 0),
      filled(128, 10, 0.02),
      filled(1, 10, 0),
    ];
    const ones = filled(1, 128, 1);
    const step = (): void =>
      scope(() => {
        const hidden = matmul(x, w1, { bias: b1, activation: relu });
        const scores = matmul(hidden, w2, { bias: b2 });
        const atScores = sub(softmax(scores), target);
        const atHidden = matmul(atScores, w2, {
          transposeB: true,
          operands: [hidden],
          epilogue: (gradient, h) => expr.select(expr.less(0, h), gradient, 0),
        });
        const update = { alpha: -rate, beta: 1 };
        matmul(hidden, atScores, { ...update, transposeA: true, out: w2 });
        matmul(ones, atScores, { ...update, out: b2 });
        matmul(x, atHidden, { ...update, transposeA: true, out: w1 });
        matmul(ones, atHidden, { ...update, out: b1 });
      });
    const counts: DeviceCounts[] = [];
    const live: unknown[] = [];
    for (let i = 0; i < 3; i++) {
      counts.push(await countsOf(backend, step));
      live.push(backend.memoryUsage());
    }
    for (const each of counts.slice(1)) {
      expect(each).toEqual({ dispatches: 9, submissions: 1, bytesRead: 0 });
    }
    expect(live[2]).toEqual(live[0]);
    for (const matrix of [x, target, w1, b1, w2, b2, ones]) matrix.dispose();
  }, 30_000);
});
