import { broadcastView, type DType, dtypes, expr, type MatrixView, type Term } from "@blk/core";
import { describe, expect, test } from "vitest";
import {
  expectElements,
  fill,
  fromRows,
  get,
  layouts,
  matrix,
  put,
  random,
  stored,
  tinyBackend,
} from "./matrices.js";

const backend = tinyBackend();

/** `Σₜ Σₖ a·b` by the plain loop, in the order that the backend promises. */
function plainSum(terms: readonly Term[], dtype: DType, i: number, j: number): number {
  let sum = 0;
  for (const { a, b, rows } of terms) {
    const row = rows === undefined ? i : get(backend, rows, i, 0);
    for (let k = 0; k < a.cols; k++) {
      const x = row >= 0 && row < a.rows ? get(backend, a, row, k) : 0;
      const y = get(backend, b, k, j);
      sum = dtype === "i32" ? (sum + Math.imul(x, y)) | 0 : sum + x * y;
    }
  }
  return sum;
}

function expectProduct(c: MatrixView, terms: readonly Term[]): void {
  backend.multiply([{ c, terms }]);
  expectElements(backend, c, (i, j) => stored(c.dtype, plainSum(terms, c.dtype, i, j)));
}

function operands(
  dtype: DType,
  m: number,
  k: number,
  n: number,
  layout: (typeof layouts)[number],
): Term {
  return {
    a: random(backend, dtype, m, k, layout, m + 1),
    b: random(backend, dtype, k, n, layout, n + 2),
  };
}

describe.each(dtypes)("product of %s: the bits of the plain loop", (dtype) => {
  const sizes = [0, 1, 2, 3, 4, 5, 7, 8, 9, 13, 17];

  test.each(layouts)("all sizes around the tiles, %s", (layout) => {
    for (const m of sizes) {
      for (const n of sizes) {
        for (const k of [0, 1, 4, 5, 6, 11]) {
          expectProduct(matrix(backend, dtype, m, n, layout), [operands(dtype, m, k, n, layout)]);
        }
      }
    }
  });

  test("operands of different layouts", () => {
    for (const la of layouts) {
      for (const lb of layouts) {
        const a = random(backend, dtype, 9, 6, la, 1);
        const b = random(backend, dtype, 6, 10, lb, 2);
        expectProduct(matrix(backend, dtype, 9, 10), [{ a, b }]);
      }
    }
  });

  test("terms of different lengths add up before rounding; none gives zero", () => {
    for (const [m, n] of [
      [9, 9],
      [1, 9],
      [9, 2],
    ] as const) {
      const terms = [3, 0, 11].map((k) => operands(dtype, m, k, n, "padded"));
      expectProduct(matrix(backend, dtype, m, n), terms);
      expectProduct(matrix(backend, dtype, m, n), []);
    }
  });

  test("broadcast operands", () => {
    const a = broadcastView(random(backend, dtype, 1, 6, "dense", 1), 9, 6);
    const b = broadcastView(random(backend, dtype, 6, 1, "dense", 2), 6, 7);
    expectProduct(matrix(backend, dtype, 9, 7), [{ a, b }]);
    expectProduct(matrix(backend, dtype, 9, 1), [{ a, b: { ...b, cols: 1 } }]);
  });

  test("one matrix as both operands", () => {
    const a = random(backend, dtype, 9, 9, "padded", 3);
    expectProduct(matrix(backend, dtype, 9, 9), [{ a, b: a }]);
  });

  test("rows by index, zeros outside", () => {
    const a = random(backend, dtype, 3, 6, "transposed", 1);
    for (const n of [1, 9]) {
      const b = random(backend, dtype, 6, n, "dense", 2);
      const rows = fromRows(
        backend,
        "i32",
        [2, -1, 0, 3, 2, 1, 1, -7, 99].map((i) => [i]),
      );
      expectProduct(matrix(backend, dtype, 9, n), [
        { a, b, rows },
        { a: random(backend, dtype, 9, 6, "dense", 8), b },
      ]);
    }
  });

  test("alpha, beta and an epilogue with an operand, rounded once", () => {
    const { max, add, input } = expr;
    const [alpha, beta] = dtype === "i32" ? [-3, 5] : [0.3, -1.7];
    for (const [m, n] of [
      [9, 13],
      [9, 1],
      [2, 13],
    ] as const) {
      const term = operands(dtype, m, 11, n, "padded");
      const bias = random(backend, dtype, m, n, "transposed", 4);
      const c = random(backend, dtype, m, n, "padded", 5);
      const old = Array.from({ length: m }, (_, i) =>
        Array.from({ length: n }, (_, j) => get(backend, c, i, j)),
      );
      backend.multiply([{ c, terms: [term], operands: [bias] }], {
        alpha,
        beta,
        epilogue: max(add(input(0), input(1)), dtype === "i32" ? -7 : -0.5),
      });
      expectElements(backend, c, (i, j) => {
        const sum = plainSum([term], dtype, i, j);
        const b = get(backend, bias, i, j);
        if (dtype !== "i32")
          return stored(dtype, Math.max(alpha * sum + beta * old[i]![j]! + b, -0.5));
        return Math.max((Math.imul(alpha, sum) + Math.imul(beta, old[i]![j]!) + b) | 0, -7);
      });
    }
  });
});

describe("product", () => {
  test("has the same bits whatever the tiles are", async () => {
    const bits: unknown[] = [];
    for (const params of [
      {},
      { mc: 4, nc: 4, kc: 1, chunk: 4 },
      { mc: 64, nc: 12, kc: 64, chunk: 512 },
    ]) {
      const other = tinyBackend(params);
      const a = random(other, "f32", 23, 29, "padded", 1);
      const b = random(other, "f32", 29, 31, "transposed", 2);
      const c = matrix(other, "f32", 23, 31);
      other.multiply([{ c, terms: [{ a, b }] }], {
        alpha: 1.1,
        epilogue: expr.tanh(expr.input(0)),
      });
      bits.push(await other.read(c));
    }
    expect(bits[1]).toEqual(bits[0]);
    expect(bits[2]).toEqual(bits[0]);
  });

  test.each(["f32", "f64", "f16"] as const)(
    "of %s carries NaN, infinities and subnormals",
    (dtype) => {
      const tiny = { f32: 2 ** -149, f64: 2 ** -1074, f16: 2 ** -24 }[dtype];
      for (const n of [1, 5]) {
        const a = fromRows(backend, dtype, [
          [0, 0],
          [0, 1],
          [tiny, 0],
          [1, 1],
          [1, -1],
        ]);
        const b = fill(backend, matrix(backend, dtype, 2, n), 1);
        for (let j = 0; j < n; j++) {
          put(backend, b, 0, j, j === 0 ? Number.POSITIVE_INFINITY : 1);
          put(backend, b, 1, j, j === 0 ? Number.POSITIVE_INFINITY : 2);
        }
        const c = matrix(backend, dtype, 5, n);
        backend.multiply([{ c, terms: [{ a, b }] }]);
        expect(get(backend, c, 0, 0)).toBeNaN();
        expect(get(backend, c, 3, 0)).toBe(Number.POSITIVE_INFINITY);
        expect(get(backend, c, 4, 0)).toBeNaN();
        if (n > 1) expect(get(backend, c, 2, 1)).toBe(tiny);
      }
    },
  );

  test("with beta 0 does not read c, with alpha 0 still sums", () => {
    const c = matrix(backend, "f64", 5, 5);
    const a = fill(backend, matrix(backend, "f64", 5, 5), 1);
    put(backend, a, 2, 2, Number.NaN);
    backend.multiply([{ c, terms: [{ a, b: a }] }], { alpha: 0, beta: 0 });
    expect(get(backend, c, 0, 0)).toBeCloseTo(0);
    expect(get(backend, c, 2, 0)).toBeNaN();
  });

  test("of f32 into f16 and of mixed storage is rounded once", () => {
    const a = random(backend, "f16", 5, 7, "dense", 1);
    const b = random(backend, "f32", 7, 6, "dense", 2);
    expectProduct(matrix(backend, "f16", 5, 6), [{ a, b }]);
    expectProduct(matrix(backend, "f32", 5, 6), [{ a, b }]);
  });

  test("lists share one call, with different sizes", () => {
    const products = [3, 8, 1].map((n) => ({
      c: matrix(backend, "f32", n, n),
      terms: [operands("f32", n, 6, n, "dense")],
    }));
    backend.multiply(products);
    for (const { c, terms } of products) {
      expectElements(backend, c, (i, j) => stored("f32", plainSum(terms, "f32", i, j)));
    }
  });

  test("of i32 refuses scalars and constants that are no integers", () => {
    const c = matrix(backend, "i32", 2, 2);
    const { a, b } = operands("i32", 2, 2, 2, "dense");
    expect(() => backend.multiply([{ c, terms: [{ a, b }] }], { alpha: 0.5 })).toThrow("alpha");
    const epilogue = expr.mul(expr.input(0), 0.5);
    expect(() => backend.multiply([{ c, terms: [{ a, b }] }], { epilogue })).toThrow("0.5");
  });
});

describe("plan", () => {
  const term = (m: number, k: number, n: number): Term => operands("f64", m, k, n, "dense");
  const c = (m: number, n: number): MatrixView => matrix(backend, "f64", m, n);

  test("names the variant of the largest product and the scratch of all", () => {
    const small = { c: c(2, 9), terms: [term(2, 3, 9)] };
    const large = { c: c(20, 9), terms: [term(20, 11, 9)] };
    expect(backend.plan?.([small])).toEqual({ variant: "gemv_f64", workspaceBytes: 8 * (3 + 9) });
    expect(backend.plan?.([small, large])).toEqual({
      variant: "gemm_f64_4x4",
      workspaceBytes: 8 * (8 * 5 + 5 * 8 + 8 * 8),
    });
  });
});
