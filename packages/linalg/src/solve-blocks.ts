/** Systems whose matrix is cut into blocks of which most are absent. */
import { type BlockMatrix, matmul, sub } from "@blk/core";
import { BlockSystem } from "./block-system.js";
import { checkChoice } from "./operands.js";

/**
 * X of `A·X = B` for an A of which only blocks on the diagonal are present; they are square. Each is a
 * system of its own: Σ nᵢ³ work in place of n³.
 *
 * Rejects with `PARTITION` (rows and columns are not cut alike, another block is present), `SINGULAR`
 * with `details.column`, `SHAPE`, `ARGUMENT` (an element is not finite), `DTYPE`, `BACKEND_MISMATCH`.
 *
 * ```ts
 * using x = await solveBlockDiagonal(blockDiagonal([a1, a2]), b);
 * ```
 */
export async function solveBlockDiagonal(a: BlockMatrix, b: BlockMatrix): Promise<BlockMatrix> {
  return substitute("solveBlockDiagonal", a, b, (row, col) => row === col, true);
}

/**
 * X of `A·X = B` for an A without blocks above (`lower`) or below (`upper`) the diagonal, block by
 * block: `Xᵢ = Aᵢᵢ⁻¹·(Bᵢ − Σ Aᵢⱼ·Xⱼ)`, each Aᵢᵢ by LU. Absent blocks cost nothing. Rejects as
 * {@link solveBlockDiagonal}, and with `ARGUMENT` for an unknown choice.
 *
 * ```ts
 * using x = await solveBlockTriangular(a, b, { triangle: "lower" });
 * ```
 */
export async function solveBlockTriangular(
  a: BlockMatrix,
  b: BlockMatrix,
  options: { readonly triangle: "lower" | "upper" },
): Promise<BlockMatrix> {
  checkChoice("solveBlockTriangular", "triangle", options?.triangle, ["lower", "upper"]);
  const isLower = options.triangle === "lower";
  const belongs = (row: number, col: number): boolean => (isLower ? col <= row : row <= col);
  return substitute("solveBlockTriangular", a, b, belongs, isLower);
}

/**
 * X of `A·X = B` for an A of blocks on and next to the diagonal, by block elimination:
 * `Sᵢ = Aᵢᵢ − Aᵢ,ᵢ₋₁·Sᵢ₋₁⁻¹·Aᵢ₋₁,ᵢ`. Rows are exchanged inside of a block only: stable for positive
 * definite and for block diagonally dominant matrices (Demmel, Higham and Schreiber, Numer. Linear
 * Algebra Appl. 2, 1995); for others use `solveBanded` or `solve`. Rejects as
 * {@link solveBlockDiagonal}.
 *
 * ```ts
 * using x = await solveBlockTridiagonal(a, b);
 * ```
 */
export async function solveBlockTridiagonal(a: BlockMatrix, b: BlockMatrix): Promise<BlockMatrix> {
  const isNear = (row: number, col: number): boolean => Math.abs(row - col) <= 1;
  using system = new BlockSystem("solveBlockTridiagonal", a, b, isNear);
  await system.checkFinite();
  const last = system.cuts.count - 1;
  const ratios: BlockMatrix[] = [];
  try {
    for (let i = 0; i <= last; i++) {
      const ratio = ratios[i - 1];
      if (ratio !== undefined) system.eliminate(i, i - 1);
      using correction = ratio && matmul(system.block(i, i - 1), ratio);
      using pivot = correction && sub(system.block(i, i), correction);
      using factors = await system.solveRows(i, pivot);
      if (i < last) ratios.push(factors.solve(system.block(i, i + 1)));
    }
    for (let i = last - 1; i >= 0; i--) system.eliminate(i, i + 1, ratios[i]);
  } finally {
    for (const ratio of ratios) ratio.dispose();
  }
  return await system.solution();
}

async function substitute(
  operation: string,
  a: BlockMatrix,
  b: BlockMatrix,
  belongs: (row: number, col: number) => boolean,
  isLower: boolean,
): Promise<BlockMatrix> {
  using system = new BlockSystem(operation, a, b, belongs);
  await system.checkFinite();
  const { count } = system.cuts;
  for (let step = 0; step < count; step++) {
    const i = isLower ? step : count - 1 - step;
    for (const j of system.present(i)) {
      if (j !== i) system.eliminate(i, j);
    }
    (await system.solveRows(i)).dispose();
  }
  return await system.solution();
}
