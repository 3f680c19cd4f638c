import { expect, test } from "vitest";
import { inverseByBlocks, schurComplement } from "../src/index.js";
import { onBackend, onEachBackend, rounded, toHost } from "./backends.js";
import {
  type HostMatrix,
  identity,
  matrix,
  positiveDefinite,
  withoutColumn,
  zeros,
} from "./matrices.js";
import { difference, norm1, residualRatio, threshold } from "./ratios.js";

const part = (a: HostMatrix, row: number, col: number, rows: number, cols: number): HostMatrix =>
  matrix("", rows, cols, (i, j) => a.data[(row + i) * a.cols + col + j] as number);

await onEachBackend((ground) => {
  const { dtype } = ground;

  test.each([
    [0, 0],
    [1, 0],
    [1, 1],
    [9, 4],
    [70, 33],
  ])("inverts, n = %i, cut at %i", async (n, leading) => {
    const a = rounded(positiveDefinite(n), dtype);
    using held = onBackend(ground, a);
    using x = await inverseByBlocks(held, leading);
    expect(residualRatio(a, await toHost(x), identity(n), dtype)).toBeLessThan(threshold);
    expect(x.rowPartition.size).toBe(n);
  });

  test("the Schur complement is the inverse of the last block of the inverse", async () => {
    const a = rounded(positiveDefinite(20), dtype);
    using held = onBackend(ground, a);
    using s = await schurComplement(held, 8);
    using x = await inverseByBlocks(held, 8);
    const last = part(await toHost(x), 8, 8, 12, 12);
    expect(residualRatio(await toHost(s), last, identity(12), dtype)).toBeLessThan(threshold * 20);
  });

  test("of a wide matrix of small integers, exactly", async () => {
    const a = matrix("", 2, 3, (i, j) => [2, 4, 6, 1, 5, 9][3 * i + j] as number);
    using held = onBackend(ground, a);
    using s = await schurComplement(held, 1);
    const expected = matrix("", 1, 2, (_, j) => [3, 6][j] as number);
    expect(norm1(difference(await toHost(s), expected))).toBe(0);
  });

  test("refuses a block that is not there or not invertible", async () => {
    using a = onBackend(ground, zeros(3));
    await expect(schurComplement(a, 4)).rejects.toMatchObject({ code: "ARGUMENT" });
    await expect(schurComplement(a, 1)).rejects.toMatchObject({
      code: "SINGULAR",
      details: { column: 0 },
    });
    // The leading block is invertible, what it leaves is not: the column is one of the matrix.
    using b = onBackend(ground, withoutColumn(3, 5));
    await expect(inverseByBlocks(b, 2)).rejects.toMatchObject({
      code: "SINGULAR",
      details: { column: 3 },
    });
  });
});
