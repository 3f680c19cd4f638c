import { describe, expect, it } from "vitest";
import { BlockPattern, isBlkError } from "../src/index.js";

describe("BlockPattern", () => {
  it("draws its named constructors", () => {
    expect(String(BlockPattern.diagonal(3))).toBe("■··\n·■·\n··■");
    expect(String(BlockPattern.lowerTriangular(3))).toBe("■··\n■■·\n■■■");
    expect(String(BlockPattern.upperTriangular(2, 3))).toBe("■■■\n·■■");
    expect(String(BlockPattern.banded(4, 1, 0))).toBe("■···\n■■··\n·■■·\n··■■");
  });

  it("numbers present blocks by rows", () => {
    const pattern = BlockPattern.of(2, 3, [
      { row: 1, col: 2 },
      { row: 0, col: 1 },
      { row: 1, col: 0 },
    ]);
    expect([...pattern.positions()].map(({ row, col }) => pattern.indexOf(row, col))).toEqual([
      0, 1, 2,
    ]);
    expect(pattern.has(0, 0)).toBe(false);
    expect(pattern.density).toBe(0.5);
    expect(pattern.transpose().transpose().equals(pattern)).toBe(true);
  });

  it("multiplies symbolically", () => {
    const lower = BlockPattern.banded(3, 1, 0);
    expect(String(lower.product(lower))).toBe("■··\n■■·\n■■■");
    expect(BlockPattern.none(2, 3).product(BlockPattern.full(3, 4)).count).toBe(0);
  });

  it("refuses places outside of the grid and places named twice", () => {
    const code = (make: () => unknown): unknown => {
      try {
        make();
        return "nothing";
      } catch (error) {
        return isBlkError(error) ? error.code : error;
      }
    };
    expect(code(() => BlockPattern.of(1, 1, [{ row: 1, col: 0 }]))).toBe("BOUNDS");
    const twice = [
      { row: 0, col: 0 },
      { row: 0, col: 0 },
    ];
    expect(code(() => BlockPattern.of(1, 1, twice))).toBe("PARTITION");
  });
});
