import { isBlkError } from "@blk/core";
import { describe, expect, it } from "vitest";
import { type IdxExpectation, parseIdx } from "../src/data/idx.js";

const expected = (...shape: (number | undefined)[]): IdxExpectation => ({
  file: "cats.idx",
  remedy: "fetch it again",
  shape,
});

const threeByTwo = [0, 0, 8, 2, 0, 0, 0, 3, 0, 0, 0, 2, 1, 2, 3, 4, 5, 6];

function refusal(bytes: readonly number[], ...shape: (number | undefined)[]): string {
  try {
    parseIdx(Uint8Array.from(bytes), expected(...shape));
  } catch (error) {
    if (isBlkError(error, "DATA")) return error.message;
    throw error;
  }
  throw new Error("was accepted");
}

describe("parseIdx", () => {
  it("gives sizes and values", () => {
    const { shape, data } = parseIdx(Uint8Array.from(threeByTwo), expected(3, 2));
    expect(shape).toEqual([3, 2]);
    expect([...data]).toEqual([1, 2, 3, 4, 5, 6]);
  });

  it("takes any size where none is expected", () => {
    const { shape } = parseIdx(Uint8Array.from(threeByTwo), expected(undefined, 2));
    expect(shape).toEqual([3, 2]);
  });

  it("reads bytes that start in the middle of a buffer", () => {
    const padded = Uint8Array.from([9, 9, 9, ...threeByTwo]).subarray(3);
    expect(parseIdx(padded, expected(3, 2)).data[5]).toBe(6);
  });

  it("takes an array without elements", () => {
    expect(parseIdx(Uint8Array.from([0, 0, 8, 1, 0, 0, 0, 0]), expected(0)).data).toHaveLength(0);
  });

  it("reads sizes as big-endian and unsigned", () => {
    expect(refusal([0, 0, 8, 1, 0x80, 0, 0, 1], undefined)).toContain("2147483649 bytes");
  });

  it.each([
    ["no bytes", [], "a magic of 4 bytes, this has 0"],
    ["half a magic", [0, 0], "a magic of 4 bytes, this has 2"],
    ["another type", [0, 0, 0x0d, 2, ...threeByTwo.slice(4)], "0x00000d02 and not 0x00000802"],
    ["another rank", [0, 0, 8, 3, ...threeByTwo.slice(4)], "0x00000803 and not 0x00000802"],
    ["another format", [0x1f, 0x8b, 8, 0, 0, 0], "0x1f8b0800 and not 0x00000802"],
    ["half a header", threeByTwo.slice(0, 9), "truncated: the header has 12 bytes, the file 9"],
    ["too few values", threeByTwo.slice(0, -1), "truncated: 3×2 is 6 bytes, 5 are there"],
    ["no values", threeByTwo.slice(0, 12), "truncated: 3×2 is 6 bytes, 0 are there"],
    ["trailing bytes", [...threeByTwo, 7, 7], "2 bytes too many follow the 3×2 values"],
  ])("refuses %s, naming the file and the remedy", (_, bytes, reason) => {
    const message = refusal(bytes, 3, 2);
    expect(message).toContain(reason);
    expect(message).toMatch(/^cats\.idx: .*; fetch it again$/);
  });

  it("refuses another count", () => {
    expect(refusal(threeByTwo, 4, 2)).toContain("it holds 3×2 values, expected 4×2");
  });
});
