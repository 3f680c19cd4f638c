import {
  argmax,
  type Backend,
  BlockMatrix,
  BlockPattern,
  type Expr,
  expr,
  map,
  matmul,
  min,
  reduce,
  toDense,
} from "@blk/core";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { js } from "../src/index.js";

// Wrapping modulo 2³² is where a constant folded in double precision shows: in absent blocks, and
// in the present ones beside them.

let backend: Backend;
let x: BlockMatrix;
let dense: BlockMatrix;
beforeEach(async () => {
  backend = await js().create();
  const shape = { rows: 2, cols: 2, blockRows: 1, blockCols: 1, dtype: "i32" } as const;
  x = BlockMatrix.zeros(backend, { ...shape, pattern: BlockPattern.diagonal(2) });
  dense = toDense(x);
});
afterEach(async () => {
  await backend.dispose();
});

const largest = 2147483647;

const functions: Readonly<Record<string, (v: Expr) => Expr>> = {
  "a sum beyond the largest": (v) => expr.max(expr.add(expr.add(v, largest), 1), 5),
  "a product beyond the largest": (v) => expr.add(v, expr.mul(expr.mul(largest, largest), 1)),
  "a product with an element": (v) => expr.mul(expr.add(v, largest), largest),
  "a difference below the smallest": (v) => expr.sub(expr.sub(v, largest), 2),
  "the magnitude of the smallest": (v) => expr.abs(expr.sub(expr.sub(v, largest), 1)),
  "a comparison of wrapped numbers": (v) => expr.less(expr.add(expr.add(v, largest), 1), 0),
  "a choice by wrapped numbers": (v) =>
    expr.select(expr.add(expr.add(expr.add(v, largest), largest), 2), 3, 4),
};

describe.each(Object.entries(functions))("%s", (_, fn) => {
  it("is the same in sparse and dense matrices", async () => {
    const ofSparse = map(x, fn);
    const ofDense = map(dense, fn);
    expect(await ofSparse.toRows()).toEqual(await ofDense.toRows());
  });

  it.each(["row", "column", "block", "matrix"] as const)("is reduced alike per %s", async (per) => {
    for (const op of ["sum", "max", "min", "argmax"] as const) {
      const ofSparse = reduce(x, { op, per, expr: fn });
      const ofDense = reduce(dense, { op, per, expr: fn });
      expect(await ofSparse.toRows(), op).toEqual(await ofDense.toRows());
    }
  });

  it("follows a product of sparse factors as one of dense factors", async () => {
    const ofSparse = matmul(x, x, { activation: fn });
    const ofDense = matmul(dense, dense, { activation: fn });
    expect(await ofSparse.toRows()).toEqual(await ofDense.toRows());
  });
});

describe("numbers", () => {
  it("are those of arithmetic modulo 2³²", async () => {
    const fives = map(x, (v) => expr.max(expr.add(expr.add(v, largest), 1), 5));
    expect([...(await fives.toArray())]).toEqual([5, 5, 5, 5]);
    const ones = map(x, (v) => expr.add(v, expr.mul(expr.mul(largest, largest), 1)));
    expect([...(await ones.toArray())]).toEqual([1, 1, 1, 1]);
    const activation = (v: Expr): Expr =>
      expr.sub(1, expr.less(0, expr.add(expr.add(v, largest), 1)));
    const filled = matmul(x, x, { activation });
    expect([...(await filled.toArray())]).toEqual([1, 1, 1, 1]);
    const wrapped = map(x, (v) => expr.add(expr.add(v, largest), 1));
    expect(await min(wrapped).toNumber()).toBe(-2147483648);
    expect([...(await argmax(wrapped, { per: "row" }).toArray())]).toEqual([0, 0]);
  });

  it("are refused where they are no i32, also where an operation would wrap them away", () => {
    expect(() => map(x, (v) => expr.add(v, expr.mul(0.5, 2)))).toThrow(/0\.5 .* is not an i32/);
    expect(() => map(x, (v) => expr.add(v, expr.div(4, 2)))).toThrow(/div is not defined for i32/);
  });
});
