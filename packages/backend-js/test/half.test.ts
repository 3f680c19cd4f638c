import { decodeHalf as plainDecode, encodeHalf as plainEncode } from "@blk/core";
import { describe, expect, test } from "vitest";
import { decodeHalf, encodeHalf } from "../src/half.js";

describe("f16", () => {
  test("decodes all 65536 bit patterns as core does, and encodes what it decoded", () => {
    for (let bits = 0; bits < 65536; bits++) {
      const value = decodeHalf(bits);
      if (!Object.is(value, plainDecode(bits)))
        expect(value, `bits ${bits}`).toBe(plainDecode(bits));
      if (encodeHalf(value) !== plainEncode(value))
        expect(encodeHalf(value)).toBe(plainEncode(value));
      if (!Number.isNaN(value) && encodeHalf(value) !== bits) expect(encodeHalf(value)).toBe(bits);
    }
  });

  test("rounds midpoints between neighbours, and a hair beside them, as core does", () => {
    for (let bits = 0; bits < 0x7c00; bits++) {
      const middle = (decodeHalf(bits) + (bits === 0x7bff ? 65536 : decodeHalf(bits + 1))) / 2;
      for (const value of [middle, middle * (1 + 2 ** -52), middle * (1 - 2 ** -53)]) {
        for (const signed of [value, -value]) {
          if (encodeHalf(signed) !== plainEncode(signed)) {
            expect(encodeHalf(signed), `${signed}`).toBe(plainEncode(signed));
          }
        }
      }
    }
  });

  test("encodes random doubles of all magnitudes as core does", () => {
    let state = 1;
    const random = (): number => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      return state / 2 ** 32;
    };
    for (let i = 0; i < 100_000; i++) {
      const value = (random() - 0.5) * 2 ** Math.floor(random() * 60 - 40);
      if (encodeHalf(value) !== plainEncode(value)) {
        expect(encodeHalf(value), `${value}`).toBe(plainEncode(value));
      }
    }
  });

  test("rounds once: a double beside a midpoint does not become the midpoint first", () => {
    expect(encodeHalf(1 + 2 ** -11 + 2 ** -30)).toBe(0x3c01);
    expect(encodeHalf(Math.fround(1 + 2 ** -11 + 2 ** -30))).toBe(0x3c00);
  });

  test.each([
    [0, 0],
    [-0, 0x8000],
    [Number.MIN_VALUE, 0],
    [-Number.MIN_VALUE, 0x8000],
    [65519.99999999999, 0x7bff],
    [65520, 0x7c00],
    [Number.MAX_VALUE, 0x7c00],
    [Number.NEGATIVE_INFINITY, 0xfc00],
    [Number.NaN, 0x7e00],
  ])("encodes %d", (value, bits) => {
    expect(encodeHalf(value)).toBe(bits);
    expect(plainEncode(value)).toBe(bits);
  });
});
