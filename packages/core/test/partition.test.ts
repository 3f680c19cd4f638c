import { describe, expect, it } from "vitest";
import { conform, isBlkError, Partition } from "../src/index.js";

describe("Partition", () => {
  it("cuts uniformly, with a shorter last block", () => {
    expect(Partition.uniform(10, 4).lengths).toEqual([4, 4, 2]);
    expect(Partition.uniform(8, 4).lengths).toEqual([4, 4]);
    expect(Partition.uniform(0, 4).count).toBe(0);
  });

  it("takes uneven and empty blocks", () => {
    const partition = Partition.of([3, 0, 5]);
    expect(partition.cuts).toEqual([0, 3, 3, 8]);
    expect([0, 2, 3, 7].map((position) => partition.indexOf(position))).toEqual([0, 0, 2, 2]);
    expect(partition.equals(Partition.fromCuts([0, 3, 3, 8]))).toBe(true);
    expect(partition.concat(Partition.of([2])).lengths).toEqual([3, 0, 5, 2]);
  });

  it("conforms with its equal and with the uncut", () => {
    const cut = Partition.uniform(6, 2);
    expect(conform(cut, Partition.of([2, 2, 2]))).toBe(cut);
    expect(conform(cut, Partition.whole(6))).toBe(cut);
    expect(conform(Partition.whole(6), cut)).toBe(cut);
    expect(conform(cut, Partition.uniform(6, 3))).toBeUndefined();
  });

  it.each([
    ["a NaN size", () => Partition.whole(Number.NaN), "ARGUMENT", "got NaN"],
    ["a negative size", () => Partition.whole(-1), "ARGUMENT", "got -1"],
    ["a block size of 0", () => Partition.uniform(4, 0), "ARGUMENT", "got 0"],
    ["a fractional length", () => Partition.of([1.5]), "ARGUMENT", "got 1.5"],
    ["descending cuts", () => Partition.fromCuts([0, 4, 2]), "PARTITION", "2 follows 4"],
    ["a first cut that is not 0", () => Partition.fromCuts([1, 2]), "PARTITION", "got 1"],
    [
      "another size",
      () => Partition.from([2, 2], 5, "rows"),
      "PARTITION",
      "rows: the blocks cover 4",
    ],
    ["a block that is not there", () => Partition.whole(4).start(1), "BOUNDS", "no block 1"],
    ["a position outside", () => Partition.whole(4).indexOf(4), "BOUNDS", "position 4"],
  ] as const)("refuses %s", (_, make, code, text) => {
    let error: unknown;
    try {
      make();
    } catch (caught) {
      error = caught;
    }
    expect(isBlkError(error, code)).toBe(true);
    expect((error as Error).message).toContain(text);
  });
});
