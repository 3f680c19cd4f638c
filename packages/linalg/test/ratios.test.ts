import { describe, expect, test } from "vitest";
import {
  gallery,
  identity,
  matrix,
  random,
  scaled,
  sizes,
  symmetricGallery,
  transposed,
} from "./matrices.js";
import {
  difference,
  factorRatio,
  norm1,
  orthogonalityRatio,
  residualRatio,
  threshold,
} from "./ratios.js";

describe("ratios", () => {
  test("are zero for exact results, and for nothing at all", () => {
    const a = random(5);
    expect(factorRatio(a, a, "f64")).toBe(0);
    expect(orthogonalityRatio(identity(7), "f64")).toBe(0);
    expect(residualRatio(identity(5), a, a, "f64")).toBe(0);
    expect(
      factorRatio(
        matrix("", 0, 0, () => 0),
        matrix("", 0, 0, () => 0),
        "f64",
      ),
    ).toBe(0);
  });

  test("pass a rounding error and refuse one of a thousand roundoffs", () => {
    const a = random(10);
    expect(factorRatio(a, scaled(a, 1 + 2 ** -50), "f64")).toBeLessThan(threshold);
    expect(factorRatio(a, scaled(a, 1 + 2 ** -40), "f64")).toBeGreaterThan(threshold);
    expect(orthogonalityRatio(scaled(identity(10), 1 + 2 ** -40), "f64")).toBeGreaterThan(
      threshold,
    );
    expect(residualRatio(identity(10), a, scaled(a, 1 + 2 ** -40), "f64")).toBeGreaterThan(
      threshold,
    );
  });

  test("are never small for NaN", () => {
    const nan = matrix("NaN", 2, 2, (i) => (i === 0 ? Number.NaN : 1));
    expect(norm1(nan)).toBeNaN();
    expect(factorRatio(identity(2), nan, "f64")).not.toBeLessThan(threshold);
  });
});

describe("galleries", () => {
  test.each(sizes)("hold finite matrices of size %i, symmetric where they say so", (n) => {
    for (const { rows, cols, data } of [...gallery(n, n, "f64"), ...gallery(n, n, "f32")]) {
      expect([rows, cols, data.length]).toEqual([n, n, n * n]);
      expect(data.every(Number.isFinite)).toBe(true);
    }
    for (const a of symmetricGallery(n, "f64")) {
      expect(norm1(difference(a, transposed(a))), a.name).toBe(0);
    }
  });
});
