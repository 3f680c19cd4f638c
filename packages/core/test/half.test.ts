import { describe, expect, it } from "vitest";
import { decodeHalf, encodeHalf } from "../src/index.js";

describe("half", () => {
  it("keeps every one of the 65,536 bit patterns", () => {
    let wrong = 0;
    for (let bits = 0; bits < 65536; bits++) {
      const value = decodeHalf(bits);
      const back = encodeHalf(value);
      if (Number.isNaN(value) ? !Number.isNaN(decodeHalf(back)) : back !== bits) wrong++;
    }
    expect(wrong).toBe(0);
  });

  it("rounds to nearest, ties to even, between all neighbours", () => {
    for (let bits = 0; bits < 0x7bff; bits += 7) {
      const low = decodeHalf(bits);
      const high = decodeHalf(bits + 1);
      const middle = (low + high) / 2;
      expect(encodeHalf(middle)).toBe(bits % 2 === 0 ? bits : bits + 1);
      expect(encodeHalf(middle + (high - low) / 1024)).toBe(bits + 1);
      expect(encodeHalf(middle - (high - low) / 1024)).toBe(bits);
    }
  });

  it("overflows to infinity from 65520 on", () => {
    expect(decodeHalf(encodeHalf(65519.99))).toBe(65504);
    expect(decodeHalf(encodeHalf(65520))).toBe(Number.POSITIVE_INFINITY);
    expect(Object.is(decodeHalf(encodeHalf(-0)), -0)).toBe(true);
  });
});
