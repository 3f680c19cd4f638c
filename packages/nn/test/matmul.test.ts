import { js } from "@blk/backend-js";
import {
  type Activation,
  type Backend,
  expr,
  gelu,
  leakyRelu,
  openBackend,
  relu,
  sigmoid,
  silu,
  softplus,
} from "@blk/core";
import { afterAll, beforeAll, describe, it } from "vitest";
import { matmul, type Value } from "../src/index.js";
import { checkGradients, checkSecondDerivatives } from "./gradient-check.js";
import { matrixOf } from "./matrices.js";

let backend: Backend;
beforeAll(async () => {
  backend = await openBackend([js()]);
});
afterAll(() => backend.dispose());

describe("the gradient of a product", () => {
  it.each([false, true])("by both factors, with transposed A: %s", async (transposeA) => {
    for (const transposeB of [false, true]) {
      using a = transposeA ? matrixOf(backend, 3, 2, 1) : matrixOf(backend, 2, 3, 1);
      using b = transposeB ? matrixOf(backend, 5, 3, 2) : matrixOf(backend, 3, 5, 2);
      await checkGradients((a, b) => matmul(a, b, { transposeA, transposeB, alpha: -1.5 }), [a, b]);
    }
  });

  it.each([
    ["1×n", 1, 4],
    ["m×1", 3, 1],
    ["m×n", 3, 4],
  ])("by a bias of %s", async (_, rows, cols) => {
    using a = matrixOf(backend, 3, 2, 1);
    using b = matrixOf(backend, 2, 4, 2);
    using bias = matrixOf(backend, rows, cols, 3);
    await checkGradients((a, b, bias) => matmul(a, b, { bias }), [a, b, bias]);
    await checkGradients(
      (a, b, bias) => matmul(a, b, { bias, activation: expr.tanh }),
      [a, b, bias],
    );
    await checkGradients((a, b, bias) => matmul(a, b, { bias, activation: gelu }), [a, b, bias]);
  });

  const activations: [string, Activation][] = [
    ["relu", relu],
    ["leakyRelu", leakyRelu(0.1)],
    ["tanh", expr.tanh],
    ["sigmoid", sigmoid],
    ["softplus", softplus],
    ["exp", expr.exp],
    ["gelu", gelu],
    ["silu", silu],
  ];
  it.each(activations)("through %s, twice", async (_, activation) => {
    using a = matrixOf(backend, 2, 2, 1);
    using b = matrixOf(backend, 2, 3, 2);
    using c = matrixOf(backend, 3, 2, 4);
    using bias = matrixOf(backend, 1, 3, 3);
    const f = (a: Value, b: Value, c: Value, bias: Value) =>
      matmul(matmul(a, b, { bias, activation }), c);
    await checkGradients(f, [a, b, c, bias]);
    await checkSecondDerivatives(f, [a, b, c, bias]);
  });
});
