import type { HostMatrix } from "./host-workspace.js";
import { type SecularEquation, type SecularRoot, secularRoot } from "./secular-equation.js";

/**
 * All roots of a secular equation. Row i of `gaps` becomes the differences pole j − root i, and
 * `weights` becomes that of the equation whose exact roots these are (Löwner's formula), from which
 * follow vectors that are orthogonal to working precision however close the roots lie: Gu and
 * Eisenstat, "A divide-and-conquer algorithm for the symmetric tridiagonal eigenproblem", SIAM
 * J. Matrix Anal. Appl. 16 (1995).
 */
export function secularRoots(
  equation: SecularEquation,
  gaps: HostMatrix,
  take: (index: number, root: SecularRoot) => void,
): void {
  const { size, weights, differences } = equation;
  const { data, cols } = gaps;
  const root = { origin: 0, distance: 0 };
  for (let i = 0; i < size; i++) {
    secularRoot(equation, i, data.subarray(i * cols, i * cols + size), root);
    take(i, root);
  }
  const poleGaps = new Float64Array(size);
  weights.fill(1, 0, size);
  for (let i = 0; i < size; i++) {
    differences(i, poleGaps);
    poleGaps[i] = 1;
    const start = i * cols;
    for (let j = 0; j < size; j++) weights[j]! *= data[start + j]! / poleGaps[j]!;
  }
  // One factor 1/ρ is missing from each; vectors are normalised anyway.
  for (let j = 0; j < size; j++) weights[j] = Math.abs(weights[j]!);
}
