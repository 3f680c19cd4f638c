/** Iterations that do not converge say so: what is not finite never does. */
import { expect, test } from "vitest";
import { hessenbergEigenvalues } from "../src/spectral/francis.js";
import { secularRoot } from "../src/spectral/secular-equation.js";
import { tridiagonalValues } from "../src/spectral/tridiagonal-values.js";

const notConverged = expect.objectContaining({
  code: "NOT_CONVERGED",
  message: expect.stringMatching(/\d+ of 4 was not found in \d+ steps/),
  details: expect.objectContaining({ size: 4 }),
});

test("the QR iteration for Hessenberg matrices", () => {
  const h = new Float64Array(16).fill(1);
  h[5] = Number.NaN;
  expect(() => hessenbergEigenvalues(h, 4)).toThrow(notConverged);
});

test("the QL iteration for tridiagonal matrices", () => {
  const diagonal = Float64Array.of(1, 2, 3, 4);
  const beside = Float64Array.of(1, 1, 1);
  diagonal[1] = Number.NaN;
  expect(() => tridiagonalValues(diagonal, beside)).toThrow(notConverged);
});

test("roots of a secular equation", () => {
  const poles = [0, 1, 2, 3];
  const differences = (origin: number, out: Float64Array): void => {
    for (const [i, pole] of poles.entries()) out[i] = pole - (poles[origin] as number);
  };
  const weights = new Float64Array(4).fill(Number.NaN);
  const equation = { size: 4, weights, rhoInverse: 1, differences };
  const root = { origin: 0, distance: 0 };
  expect(() => secularRoot(equation, 1, new Float64Array(4), root)).toThrow(notConverged);
});
