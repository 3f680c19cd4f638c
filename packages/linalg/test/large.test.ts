/** Several levels of recursion, on the backend that is fast enough to check it. */
import { wasm } from "@blk/backend-wasm";
import { type BlockMatrix, matmul, sub, transpose } from "@blk/core";
import { afterAll, expect, test } from "vitest";
import { cholesky, ldlt, lu, matrixNorm, qr, qrWithPivoting } from "../src/index.js";
import { type Ground, onBackend } from "./backends.js";
import { matrix, random } from "./matrices.js";
import { threshold } from "./ratios.js";

const n = 513;
const backend = await wasm({ threads: 1 }).create();
const ground: Ground = { backend, dtype: "f64" };
afterAll(() => backend.dispose());
const general = random(n);
const definite = matrix("definite", n, n, (i, j) => {
  const [row, col] = [Math.max(i, j), Math.min(i, j)];
  return (general.data[row * n + col] as number) + (i === j ? n : 0);
});

/** ‖A − B‖₁ / (‖A‖₁·n·u). */
async function ratio(a: BlockMatrix, b: BlockMatrix): Promise<number> {
  using difference = sub(a, b);
  using error = matrixNorm(difference, "one");
  using size = matrixNorm(a, "one");
  return (await error.toNumber()) / ((await size.toNumber()) * n * 2 ** -53);
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
  const bound = (await scale.toNumber()) * (await size.toNumber()) * n * 2 ** -53;
  expect((await error.toNumber()) / bound).toBeLessThan(threshold);
});

test("QR, with and without pivoting", async () => {
  using a = onBackend(ground, general);
  for (const factorise of [qr, qrWithPivoting]) {
    using factors = await factorise(a);
    using q = factors.q();
    using r = factors.r();
    using gram = matmul(q, q, { transposeA: true });
    using one = onBackend(
      ground,
      matrix("", n, n, (i, j) => (i === j ? 1 : 0)),
    );
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
