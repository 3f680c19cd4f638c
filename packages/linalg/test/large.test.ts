/** Several levels of recursion, on the backend that is fast enough to check it. */
import { wasm } from "@blk/backend-wasm";
import { type BlockMatrix, expr, map, matmul, sub, transpose } from "@blk/core";
import { afterAll, describe, expect, test } from "vitest";
import {
  cholesky,
  ldlt,
  lu,
  matrixNorm,
  polar,
  qr,
  qrWithPivoting,
  svd,
  symmetricEigen,
} from "../src/index.js";
import { type Ground, onBackend } from "./backends.js";
import { identity, matrix, random } from "./matrices.js";
import { threshold } from "./ratios.js";

const n = 513;
const backend = await wasm({ threads: 1 }).create();
afterAll(() => backend.dispose());
const general = random(n);
const definite = matrix("definite", n, n, (i, j) => {
  const [row, col] = [Math.max(i, j), Math.min(i, j)];
  return (general.data[row * n + col] as number) + (i === j ? n : 0);
});

describe.each(["f64", "f32"] as const)("%s", (dtype) => {
  const ground: Ground = { backend, dtype };
  const unit = dtype === "f64" ? 2 ** -53 : 2 ** -24;

  /** ‖A − B‖₁ / (‖A‖₁·n·u). */
  async function ratio(a: BlockMatrix, b: BlockMatrix): Promise<number> {
    using difference = sub(a, b);
    using error = matrixNorm(difference, "one");
    using size = matrixNorm(a, "one");
    return (await error.toNumber()) / ((await size.toNumber()) * n * unit);
  }

  test("LU solves", async () => {
    using a = onBackend(ground, general);
    using b = onBackend(ground, random(n, n, 9));
    using factors = await lu(a);
    using x = factors.solve(b);
    using product = matmul(a, x);
    using residual = sub(b, product);
    using error = matrixNorm(residual, "one");
    using scale = matrixNorm(x, "one");
    using size = matrixNorm(a, "one");
    const bound = (await scale.toNumber()) * (await size.toNumber()) * n * unit;
    expect((await error.toNumber()) / bound).toBeLessThan(threshold);
  });

  test("QR, with and without pivoting", async () => {
    using a = onBackend(ground, general);
    for (const factorise of [qr, qrWithPivoting]) {
      using factors = await factorise(a);
      using q = factors.q();
      using r = factors.r();
      using gram = matmul(q, q, { transposeA: true });
      using one = onBackend(ground, identity(n));
      expect(await ratio(one, gram)).toBeLessThan(threshold);
      const order = "permutation" in factors ? factors.permutation : undefined;
      using permuted = onBackend(
        ground,
        matrix("", n, n, (i, j) => general.data[i * n + (order?.[j] ?? j)] as number),
      );
      using product = matmul(q, r);
      expect(await ratio(permuted, product)).toBeLessThan(threshold);
    }
  });

  test("eigenvectors, singular vectors and the polar form", async () => {
    using a = onBackend(ground, definite);
    using eigen = await symmetricEigen(a);
    using values = transpose(eigen.values);
    using scaled = map([eigen.vectors, values], (v, w) => expr.mul(v, w));
    using again = matmul(scaled, eigen.vectors, { transposeB: true });
    expect(await ratio(a, again)).toBeLessThan(threshold);
    using b = onBackend(ground, general);
    using factors = await svd(b);
    using product = factors.approximation();
    expect(await ratio(b, product)).toBeLessThan(threshold);
    using form = await polar(b);
    using whole = matmul(form.u, form.h);
    expect(await ratio(b, whole)).toBeLessThan(threshold);
    using one = onBackend(ground, identity(n));
    for (const q of [eigen.vectors, factors.u, factors.v, form.u]) {
      using gram = matmul(q, q, { transposeA: true });
      expect(await ratio(one, gram)).toBeLessThan(threshold);
    }
  });

  test("Cholesky and LDLᵀ", async () => {
    using a = onBackend(ground, definite);
    using factors = await cholesky(a);
    using l = factors.lower();
    using product = matmul(l, transpose(l));
    expect(await ratio(a, product)).toBeLessThan(threshold);
    using general = await ldlt(a);
    using x = general.solve(a);
    using one = matmul(a, x);
    expect(await ratio(a, one)).toBeLessThan(threshold);
  });
});
