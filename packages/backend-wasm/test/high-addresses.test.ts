import {
  argmax,
  type Backend,
  BlockMatrix,
  gather,
  gelu,
  map,
  matmul,
  openBackend,
  pack,
  scatterAdd,
  softmax,
  sum,
  transpose,
} from "@blk/core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { wasm } from "../src/index.js";
import { randomNumbers } from "./layouts.js";

// Addresses are 32 bits without a sign: beyond 2 GiB those with one would be negative.

let low: Backend;
let high: Backend;

beforeAll(async () => {
  low = await openBackend([wasm({ threads: 1 })]);
  high = await openBackend([wasm({ threads: 1 })]);
  // Never touched, so that it takes no memory of the machine.
  high.allocate(2 ** 31);
});

afterAll(async () => {
  await low.dispose();
  await high.dispose();
});

const [rows, cols] = [67, 131];
const numbers = randomNumbers("f64", rows * cols, 3);
const places = [5, -1, 3, 66, 0, 5];

const operations: Readonly<Record<string, (a: BlockMatrix) => BlockMatrix>> = {
  products: (a) => matmul(a, a, { transposeB: true, activation: gelu }),
  "products with a packed factor": (a) => matmul(a, pack(transpose(a))),
  "products of one row": (a) => matmul(sum(a, { per: "column" }), a, { transposeB: true }),
  maps: (a) => map([a, sum(a, { per: "column" })], gelu),
  sums: (a) => sum(a, { per: "row" }),
  "places of the largest": (a) => argmax(a, { per: "column" }),
  "softmax along rows": (a) => softmax(a),
  "softmax along columns": (a) => softmax(transpose(a)),
  gather: (a) => gather(a, places),
  scatterAdd: (a) => scatterAdd(a, places, gather(a, places)),
};

test.each(Object.entries(operations))("%s are right beyond 2 GiB", async (_, operation) => {
  const results = [low, high].map(async (backend) => {
    using a = BlockMatrix.fromArray(backend, numbers, { rows, cols });
    using result = operation(a);
    return result.toArray();
  });
  const [expected, got] = await Promise.all(results);
  expect(got).toEqual(expected);
});
