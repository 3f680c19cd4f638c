import { expect, test } from "vitest";
import { ridge, ridgePath } from "../src/index.js";
import { onBackend, onEachBackend, rounded, toHost } from "./backends.js";
import {
  type HostMatrix,
  matrix,
  multiply,
  random,
  rankDeficient,
  transposed,
} from "./matrices.js";
import { difference, norm1, threshold } from "./ratios.js";

await onEachBackend((ground) => {
  const { dtype } = ground;
  const u = dtype === "f64" ? 2 ** -53 : 2 ** -24;

  test.each([
    [1, 1],
    [20, 5],
    [5, 20],
    [70, 40],
  ])("the gradient of the objective is zero, %i×%i", async (rows, cols) => {
    const a = rounded(random(rows, cols), dtype);
    const b = rounded(random(rows, 2, 9), dtype);
    for (const lambda of [1e-3, 1, 100]) {
      using left = onBackend(ground, a);
      using right = onBackend(ground, b);
      using x = await ridge(left, right, lambda);
      const solution = await toHost(x);
      const gradient = multiply(transposed(a), difference(b, multiply(a, solution)));
      const error = norm1(
        difference(gradient, { ...solution, data: solution.data.map((value) => lambda * value) }),
      );
      const scale = norm1(a) * (norm1(a) * norm1(solution) + norm1(b)) + lambda * norm1(solution);
      expect(error / (scale * Math.max(rows, cols) * u), `λ = ${lambda}`).toBeLessThan(threshold);
    }
  });

  test("leave-one-out errors are those of models fitted without each row", async () => {
    const [rows, cols, lambda] = [12, 4, 0.3];
    const a = rounded(random(rows, cols), dtype);
    const b = rounded(random(rows, 1, 9), dtype);
    using left = onBackend(ground, a);
    using right = onBackend(ground, b);
    using path = await ridgePath(left, right);
    using errors = path.leaveOneOutErrors(lambda);
    const found = await toHost(errors);
    for (let out = 0; out < rows; out++) {
      const without = (m: HostMatrix): HostMatrix =>
        matrix(
          "",
          rows - 1,
          m.cols,
          (i, j) => m.data[(i < out ? i : i + 1) * m.cols + j] as number,
        );
      using fewer = onBackend(ground, without(a));
      using targets = onBackend(ground, without(b));
      using x = await ridge(fewer, targets, lambda);
      const row = matrix("", 1, cols, (_, j) => a.data[out * cols + j] as number);
      const predicted = multiply(row, await toHost(x)).data[0] as number;
      expect(found.data[out]).toBeCloseTo(
        (b.data[out] as number) - predicted,
        dtype === "f64" ? 11 : 4,
      );
    }
  });

  test("λ = 0 is the least squares solution of smallest norm, also for deficient rank", async () => {
    const a = rounded(rankDeficient(9, 6), "f32");
    using left = onBackend(ground, a);
    using right = onBackend(ground, random(9, 1));
    using path = await ridgePath(left, right);
    using x = path.coefficients(0);
    expect((await toHost(x)).data.every(Number.isFinite)).toBe(true);
    using errors = path.leaveOneOutErrors(0);
    expect((await toHost(errors)).data.every(Number.isFinite)).toBe(true);
    expect(() => path.coefficients(-1)).toThrow(expect.objectContaining({ code: "ARGUMENT" }));
  });
});
