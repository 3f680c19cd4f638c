import { BlockMatrix, blockDiagonal } from "@blk/core";
import { expect, test } from "vitest";
import { solveBlockDiagonal, solveBlockTriangular, solveBlockTridiagonal } from "../src/index.js";
import { onBackend, onEachBackend, rounded, toHost } from "./backends.js";
import { type HostMatrix, matrix, random } from "./matrices.js";
import { residualRatio, threshold } from "./ratios.js";

await onEachBackend((ground) => {
  const { backend, dtype } = ground;
  const cuts = [3, 1, 40, 5];
  const n = 49;

  /** Random, with a dominant diagonal, on the blocks that belong. */
  function cutMatrix(belongs: (row: number, col: number) => boolean) {
    const of = (i: number): number => (i < 3 ? 0 : i < 4 ? 1 : i < 44 ? 2 : 3);
    const noise = random(n).data;
    const host = rounded(
      matrix("", n, n, (i, j) => {
        if (!belongs(of(i), of(j))) return 0;
        return (noise[i * n + j] as number) + (i === j ? 12 : 0);
      }),
      dtype,
    );
    const data = dtype === "f64" ? host.data : Float32Array.from(host.data);
    const options = { rows: n, cols: n, dtype, blockRows: cuts, blockCols: cuts, pattern: belongs };
    return { host, held: BlockMatrix.fromArray(backend, data, options) };
  }

  async function ratioOf(
    run: (a: BlockMatrix, b: BlockMatrix) => Promise<BlockMatrix>,
    belongs: (row: number, col: number) => boolean,
  ): Promise<number> {
    const { host, held } = cutMatrix(belongs);
    const b: HostMatrix = rounded(random(n, 3, 9), dtype);
    const right = onBackend(ground, b);
    const pending = run(held, right);
    held.dispose();
    right.dispose();
    using x = await pending;
    return residualRatio(host, await toHost(x), b, dtype);
  }

  test("solves with each structure, and leaves nothing behind", async () => {
    const before = backend.memoryUsage().buffers;
    expect(await ratioOf(solveBlockDiagonal, (i, j) => i === j)).toBeLessThan(threshold);
    for (const triangle of ["lower", "upper"] as const) {
      const belongs = (i: number, j: number): boolean =>
        (triangle === "lower" ? j <= i : i <= j) && !(i + j === 2 && i !== j);
      const run = (a: BlockMatrix, b: BlockMatrix) => solveBlockTriangular(a, b, { triangle });
      expect(await ratioOf(run, belongs)).toBeLessThan(threshold);
    }
    expect(await ratioOf(solveBlockTridiagonal, (i, j) => Math.abs(i - j) <= 1)).toBeLessThan(
      threshold,
    );
    expect(await ratioOf(solveBlockTridiagonal, (i, j) => i === j || i - j === 1)).toBeLessThan(
      threshold,
    );
    expect(backend.memoryUsage().buffers).toBe(before);
  });

  test("refuses other blocks, other cuts, and names a singular column", async () => {
    const { held } = cutMatrix((i, j) => j <= i);
    using a = held;
    using b = onBackend(ground, random(n, 1));
    await expect(solveBlockDiagonal(a, b)).rejects.toMatchObject({
      code: "PARTITION",
      details: { row: 1, col: 0 },
    });
    using uneven = BlockMatrix.zeros(backend, { rows: n, cols: n, dtype, blockRows: cuts });
    await expect(solveBlockDiagonal(uneven, b)).rejects.toMatchObject({ code: "PARTITION" });
    using one = onBackend(
      ground,
      matrix("", 3, 3, (i, j) => (i === j ? 1 : 0)),
    );
    using zero = onBackend(
      ground,
      matrix("", 2, 2, (i, j) => (i === 0 && j === 0 ? 1 : 0)),
    );
    using both = blockDiagonal([one, zero]);
    using right = onBackend(ground, random(5, 1));
    await expect(solveBlockDiagonal(both, right)).rejects.toMatchObject({
      code: "SINGULAR",
      details: { column: 4 },
    });
  });
});
