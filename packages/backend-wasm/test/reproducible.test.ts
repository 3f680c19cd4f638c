import { js } from "@blk/backend-js";
import {
  add,
  argmax,
  type Backend,
  BlockMatrix,
  type DType,
  div,
  type Expr,
  expr,
  map,
  matmul,
  max,
  min,
  mul,
  openBackend,
  relu,
  softmax,
  sub,
  sum,
  transpose,
} from "@blk/core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { wasm } from "../src/index.js";
import { randomNumbers } from "./layouts.js";

// One thread and two, so that cuts for threads would show.
const settings = [
  { reproducible: true, threads: 1 },
  { reproducible: true, threads: 2 },
];

describe.each(settings)("the bits of backend-js, with $threads threads", (options) => {
  let reference: Backend;
  let backend: Backend;
  beforeAll(async () => {
    reference = await openBackend([js()]);
    backend = await openBackend([wasm(options)]);
  });
  afterAll(async () => {
    await reference.dispose();
    await backend.dispose();
  });

  /** The results of the same computation on both backends. */
  async function both(compute: (on: Backend) => BlockMatrix): Promise<[number[], number[]]> {
    const results: number[][] = [];
    for (const on of [reference, backend]) {
      using result = compute(on);
      results.push([...(await result.toArray())]);
    }
    return results as [number[], number[]];
  }

  const random = (
    on: Backend,
    dtype: DType,
    rows: number,
    cols: number,
    seed: number,
  ): BlockMatrix =>
    BlockMatrix.fromArray(on, randomNumbers("f64", rows * cols, seed), { rows, cols, dtype });

  describe.each(["f32", "f64", "f16"] as const)("%s", (dtype) => {
    test.each([
      [5, 7, 3],
      [1, 700, 90],
      [64, 300, 65],
      [130, 520, 70],
    ])("products of %i×%i by %i columns, with bias and activation", async (m, k, n) => {
      const [expected, got] = await both((on) => {
        using a = random(on, dtype, m, k, 1);
        using b = random(on, dtype, k, n, 2);
        using bias = random(on, dtype, 1, n, 3);
        return matmul(a, b, { bias, activation: relu, alpha: 0.3 });
      });
      expect(got).toEqual(expected);
    });

    test("sums along rows and columns and of everything", async () => {
      for (const per of ["row", "column", "matrix"] as const) {
        const [expected, got] = await both((on) => {
          using a = random(on, dtype, 37, 1003, 4);
          return sum(a, { per });
        });
        expect(got).toEqual(expected);
      }
    });

    test("largest and smallest elements and their places", async () => {
      for (const per of ["row", "column", "matrix"] as const) {
        for (const of of [max, min, argmax]) {
          const [expected, got] = await both((on) => {
            using a = random(on, dtype, 37, 1003, 8);
            return of(a, { per });
          });
          expect(got).toEqual(expected);
        }
      }
    });

    test("elementwise arithmetic", async () => {
      const [expected, got] = await both((on) => {
        using a = random(on, dtype, 33, 41, 5);
        using b = random(on, dtype, 33, 41, 6);
        using p = mul(a, b);
        using q = add(p, a);
        using r = div(q, b);
        using s = sub(r, a);
        return map([s, b], (x, y) => expr.sqrt(expr.abs(expr.add(expr.mul(x, y), 0.1))));
      });
      expect(got).toEqual(expected);
    });
  });

  // Once rounded: the engine's functions, of which backend-js makes use, have bits of their own in f64.
  test.each(["f32", "f16"] as const)("functions, alone and in a product: %s", async (dtype) => {
    for (const of of Object.values(functions)) {
      const [expected, got] = await both((on) => {
        using a = random(on, dtype, 67, 301, 10);
        return map(a, of);
      });
      expect(got).toEqual(expected);
      const [product, same] = await both((on) => {
        using a = random(on, dtype, 67, 31, 11);
        using b = random(on, dtype, 31, 65, 12);
        return matmul(a, b, { activation: of });
      });
      expect(same).toEqual(product);
    }
  });

  test.each(["f32", "f16"] as const)("softmax along rows and columns: %s", async (dtype) => {
    for (const [rows, cols] of [
      [130, 7],
      [9, 1003],
    ] as const) {
      const [expected, got] = await both((on) => {
        using a = random(on, dtype, rows, cols, 9);
        using b = transpose(a);
        using p = softmax(a);
        using q = softmax(b);
        using r = transpose(q);
        return add(p, r);
      });
      expect(got).toEqual(expected);
    }
  });
});

const functions = {
  exp: expr.exp,
  log: (x: Expr) => expr.log(expr.abs(x)),
  tanh: expr.tanh,
  erf: expr.erf,
  pow: (x: Expr) => expr.pow(expr.abs(x), expr.add(x, 1.5)),
};
