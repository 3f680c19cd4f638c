/** Divide and conquer on tridiagonal and bidiagonal matrices of elements that meet its special cases. */
import { js } from "@blk/backend-js";
import fc from "fast-check";
import { afterAll, expect, test } from "vitest";
import { bidiagonalSvd } from "../src/spectral/bidiagonal-svd.js";
import { HostWorkspace } from "../src/spectral/host-workspace.js";
import { tridiagonalEigen } from "../src/spectral/tridiagonal-eigen.js";
import { tridiagonalValues } from "../src/spectral/tridiagonal-values.js";
import { type HostMatrix, matrix, multiply, transposed } from "./matrices.js";
import { factorRatio, norm1, orthogonalityRatio, threshold } from "./ratios.js";

const backend = await js().create();
afterAll(() => backend.dispose());

/** Zeros, equal numbers, numbers that nearly vanish beside 1 or from the range, and any others. */
const element = fc.oneof(
  fc.constantFrom(0, 1, -1, 0.5, 2 ** -52, 2 ** -53, 1e-20, -1e-160, 1e-300, 1 - 2 ** -52),
  fc.double({ min: -1, max: 1, noNaN: true }),
);

/** A diagonal and what stands beside it, with a largest element of 1. */
const bands = fc.integer({ min: 1, max: 40 }).chain((size) =>
  fc
    .record({
      diagonal: fc.array(element, { minLength: size, maxLength: size }),
      beside: fc.array(element, { minLength: size - 1, maxLength: size - 1 }),
    })
    .map(({ diagonal, beside }) => ({ diagonal: [1, ...diagonal], beside: [...beside, 0.5] })),
);

const settings = { seed: 6, numRuns: 150 };

function square(size: number, data: Float64Array): HostMatrix {
  return { name: "", rows: size, cols: size, data: data.slice() };
}

test("eigenvalues and eigenvectors", () => {
  fc.assert(
    fc.property(bands, ({ diagonal, beside }) => {
      const n = diagonal.length;
      const t = matrix("", n, n, (i, j) => {
        if (i === j) return diagonal[i]!;
        return Math.abs(i - j) === 1 ? beside[Math.min(i, j)]! : 0;
      });
      const work = new HostWorkspace(backend);
      const d = Float64Array.from(diagonal);
      const e = Float64Array.from(beside);
      const { values, vectors } = tridiagonalEigen(work, d.slice(), e.slice());
      const v = square(n, vectors.data);
      work.dispose();
      const scaled = matrix("", n, n, (i, j) => v.data[i * n + j]! * values[i]!);
      expect(factorRatio(t, multiply(transposed(v), scaled), "f64")).toBeLessThan(threshold);
      expect(orthogonalityRatio(transposed(v), "f64")).toBeLessThan(threshold);
      const alone = tridiagonalValues(d, e).map((value, i) => Math.abs(value - values[i]!));
      expect(Math.max(...alone)).toBeLessThan(threshold * n * 2 ** -53 * norm1(t));
    }),
    settings,
  );
});

test("singular values and vectors", () => {
  fc.assert(
    fc.property(bands, ({ diagonal, beside }) => {
      const n = diagonal.length;
      const b = matrix("", n, n, (i, j) => (i === j ? diagonal[i]! : j === i + 1 ? beside[i]! : 0));
      const work = new HostWorkspace(backend);
      const shape = { rows: n, cols: n };
      const svd = bidiagonalSvd(work, Float64Array.from(diagonal), Float64Array.from(beside), {
        left: shape,
        right: shape,
      });
      const [u, v] = [square(n, svd.left.data), square(n, svd.right.data)];
      work.dispose();
      const scaled = matrix("", n, n, (i, j) => v.data[i * n + j]! * svd.values[i]!);
      expect(factorRatio(b, multiply(transposed(u), scaled), "f64")).toBeLessThan(threshold);
      expect(orthogonalityRatio(transposed(u), "f64")).toBeLessThan(threshold);
      expect(orthogonalityRatio(transposed(v), "f64")).toBeLessThan(threshold);
    }),
    settings,
  );
});
