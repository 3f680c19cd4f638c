import { describe, expect, it } from "vitest";
import { BlockPattern, isBlkError } from "../src/index.js";

function code(make: () => unknown): unknown {
  try {
    make();
    return "nothing";
  } catch (error) {
    return isBlkError(error) ? error.code : error;
  }
}

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
    const visited: number[][] = [];
    pattern.forEach((...place) => {
      visited.push(place);
    });
    expect(visited).toEqual([
      [0, 1, 0],
      [1, 0, 1],
      [1, 2, 2],
    ]);
  });

  it("transposes", () => {
    const pattern = BlockPattern.where(3, 4, (row, col) => col === 3 || (row + col) % 2 === 0);
    expect(String(pattern)).toBe("■·■■\n·■·■\n■·■■");
    expect(String(pattern.transpose())).toBe("■·■\n·■·\n■·■\n■■■");
    expect(pattern.transpose().transpose().equals(pattern)).toBe(true);
    expect(String(BlockPattern.none(0, 2).transpose())).toBe("\n");
  });

  it("multiplies and unites as sets of places do", () => {
    let seed = 1;
    const random = (): number => {
      seed = (seed * 48271) % 2147483647;
      return seed / 2147483647;
    };
    for (const density of [0, 0.1, 0.5, 1]) {
      const [a, b] = [0, 1].map(() => BlockPattern.where(7, 7, () => random() < density)) as [
        BlockPattern,
        BlockPattern,
      ];
      const meets = (row: number, col: number): boolean =>
        Array.from({ length: 7 }, (_, k) => a.has(row, k) && b.has(k, col)).includes(true);
      expect(String(a.product(b))).toBe(String(BlockPattern.where(7, 7, meets)));
      const either = BlockPattern.where(7, 7, (row, col) => a.has(row, col) || b.has(row, col));
      expect(a.union(b).equals(either)).toBe(true);
    }
  });

  it("multiplies symbolically", () => {
    const lower = BlockPattern.banded(3, 1, 0);
    expect(String(lower.product(lower))).toBe("■··\n■■·\n■■■");
    expect(BlockPattern.none(2, 3).product(BlockPattern.full(3, 4)).count).toBe(0);
  });

  it("unites, filters and spreads", () => {
    const lower = BlockPattern.banded(3, 1, 0);
    expect(String(lower.union(BlockPattern.banded(3, 0, 1)))).toBe("■■·\n■■■\n·■■");
    expect(String(lower.filter((row, col) => row !== col))).toBe("···\n■··\n·■·");
    const row = BlockPattern.of(1, 2, [{ row: 0, col: 1 }]);
    expect(String(row.spread(3, 2))).toBe("·■\n·■\n·■");
    expect(String(row.transpose().spread(2, 3))).toBe("···\n■■■");
    expect(BlockPattern.none(0, 0).spread(2, 2).count).toBe(0);
  });

  it("names 100,000 blocks without walking the grid", () => {
    const start = performance.now();
    const band = BlockPattern.banded(100_000, 1, 1);
    expect(band.count).toBe(299_998);
    expect(band.transpose().equals(band)).toBe(true);
    expect(band.product(BlockPattern.diagonal(100_000)).equals(band)).toBe(true);
    expect(band.union(band.filter((row, col) => row === col)).equals(band)).toBe(true);
    expect(performance.now() - start).toBeLessThan(2000);
  });

  it("refuses places outside of the grid and places named twice", () => {
    expect(code(() => BlockPattern.banded(3, -1, 0))).toBe("ARGUMENT");
    expect(code(() => BlockPattern.banded(3, 0, 0.5))).toBe("ARGUMENT");
    expect(code(() => BlockPattern.diagonal(-1))).toBe("ARGUMENT");
    expect(code(() => BlockPattern.full(2, 3).product(BlockPattern.full(2, 3)))).toBe("PARTITION");
    expect(code(() => BlockPattern.full(2, 3).union(BlockPattern.full(3, 2)))).toBe("PARTITION");
    const wrong = "diagonal" as unknown as BlockPattern;
    expect(code(() => BlockPattern.from(wrong, 2, 2, "test"))).toBe("ARGUMENT");
    expect(code(() => BlockPattern.of(1, 1, [{ row: 1, col: 0 }]))).toBe("BOUNDS");
    const twice = [
      { row: 0, col: 0 },
      { row: 0, col: 0 },
    ];
    expect(code(() => BlockPattern.of(1, 1, twice))).toBe("PARTITION");
  });
});
