import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { signed, text, unsigned } from "../../src/assembler/bytes.js";
import { f32, f64, i32, i64, ModuleBuilder, v128 } from "./assembler.js";
import { instantiate, memoryOf } from "./instantiate.js";

/** LEB128 as the specification defines it, from the bytes to the number. */
function decode(bytes: readonly number[], isSigned: boolean): bigint {
  const value = bytes.reduce((sum, byte, i) => sum + (BigInt(byte & 127) << BigInt(7 * i)), 0n);
  return isSigned ? BigInt.asIntN(7 * bytes.length, value) : value;
}

/** Only the last byte is without the bit that announces another, and it is needed. */
function isShortest(bytes: readonly number[], isSigned: boolean): boolean {
  const goesOn = bytes.map((byte) => byte >= 128);
  if (goesOn.pop() || goesOn.includes(false)) return false;
  const shorter = bytes.slice(0, -1);
  return shorter.length === 0 || decode(shorter, isSigned) !== decode(bytes, isSigned);
}

describe("LEB128", () => {
  test.each([
    [0, [0x00]],
    [1, [0x01]],
    [63, [0x3f]],
    [64, [0x40]],
    [127, [0x7f]],
    [128, [0x80, 0x01]],
    [624485, [0xe5, 0x8e, 0x26]],
    [2 ** 31 - 1, [0xff, 0xff, 0xff, 0xff, 0x07]],
    [2 ** 31, [0x80, 0x80, 0x80, 0x80, 0x08]],
    [2 ** 32 - 1, [0xff, 0xff, 0xff, 0xff, 0x0f]],
  ])("unsigned %d", (value, bytes) => {
    expect(unsigned(value)).toEqual(bytes);
  });

  test.each([
    [0, [0x00]],
    [1, [0x01]],
    [-1, [0x7f]],
    [63, [0x3f]],
    [64, [0xc0, 0x00]],
    [-64, [0x40]],
    [-65, [0xbf, 0x7f]],
    [127, [0xff, 0x00]],
    [128, [0x80, 0x01]],
    [-128, [0x80, 0x7f]],
    [-123456, [0xc0, 0xbb, 0x78]],
    [2 ** 31 - 1, [0xff, 0xff, 0xff, 0xff, 0x07]],
    [-(2 ** 31), [0x80, 0x80, 0x80, 0x80, 0x78]],
    [2n ** 63n - 1n, [...Array(9).fill(0xff), 0x00]],
    [-(2n ** 63n), [...Array(9).fill(0x80), 0x7f]],
  ])("signed %d", (value, bytes) => {
    expect(signed(value)).toEqual(bytes);
  });

  test("all numbers come back from their shortest form", () => {
    fc.assert(
      fc.property(
        fc.maxSafeNat().map((value) => value % 2 ** 32),
        (value) => {
          expect(decode(unsigned(value), false)).toBe(BigInt(value));
          expect(isShortest(unsigned(value), false)).toBe(true);
        },
      ),
    );
    fc.assert(
      fc.property(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), (value) => {
        expect(decode(signed(value), true)).toBe(value);
        expect(isShortest(signed(value), true)).toBe(true);
      }),
    );
  });
});

test("names are UTF-8 after the count of bytes", () => {
  expect(text("")).toEqual([0]);
  expect(text("äx")).toEqual([3, 0xc3, 0xa4, 0x78]);
});

/** What an engine makes of constants of one type. */
function constantsOf<T extends "i32" | "i64" | "f32" | "f64">(type: T) {
  const constant = { i32, i64, f32, f64 }[type].const as (value: unknown) => never;
  return (values: readonly (number | bigint)[]): unknown[] => {
    const m = new ModuleBuilder();
    values.forEach((value, index) => {
      const f = m.func(`f${index}`, { results: [type] }, () => constant(value));
      m.export(`f${index}`, f);
    });
    const functions = instantiate(m);
    return values.map((_, index) => functions[`f${index}`]!());
  };
}

describe("constants", () => {
  const edges = [0, 1, 63, 64, 65, 127, 128, 8191, 8192, 2 ** 31 - 1];
  const special = [0, -0, 1, 0.1, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  const doubles = [...special, Number.MAX_VALUE, Number.MIN_VALUE, 2 ** -149, 2 ** 128];

  test("i32, with and without sign", () => {
    const values = [...edges, ...edges.map((value) => -value), -(2 ** 31), 2 ** 31, 2 ** 32 - 1];
    expect(constantsOf("i32")(values)).toEqual(values.map((value) => value | 0));
    fc.assert(
      fc.property(fc.array(fc.integer()), (any) => {
        expect(constantsOf("i32")(any)).toEqual(any);
      }),
    );
  });

  test("i64, with and without sign", () => {
    const values = [...edges, ...edges.map((value) => -value)].map(BigInt);
    values.push(-(2n ** 63n), 2n ** 63n - 1n, 2n ** 63n, 2n ** 64n - 1n);
    expect(constantsOf("i64")(values)).toEqual(values.map((value) => BigInt.asIntN(64, value)));
    fc.assert(
      fc.property(fc.array(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })), (any) => {
        expect(constantsOf("i64")(any)).toEqual(any);
      }),
    );
  });

  test("f32, rounded", () => {
    expect(constantsOf("f32")(doubles)).toEqual(doubles.map(Math.fround));
    fc.assert(
      fc.property(fc.array(fc.double()), (any) => {
        expect(constantsOf("f32")(any)).toEqual(any.map(Math.fround));
      }),
    );
  });

  test("f64", () => {
    expect(constantsOf("f64")(doubles)).toEqual(doubles);
    fc.assert(
      fc.property(fc.array(fc.double()), (any) => {
        expect(constantsOf("f64")(any)).toEqual(any);
      }),
    );
  });

  test.each([
    ["floats", new Float32Array([1, -0, Number.NaN, 2 ** -149])],
    ["doubles", new Float64Array([Math.PI, Number.NEGATIVE_INFINITY])],
    ["bytes", Uint8Array.from({ length: 16 }, (_, i) => 255 - i)],
    ["a part of a buffer", new Uint16Array([9, 9, 1, 2, 3, 4, 5, 6, 7, 65535]).subarray(2)],
  ])("v128 of %s", (_, lanes) => {
    const { imports, buffer } = memoryOf(1);
    const m = new ModuleBuilder();
    m.importMemory("env", "memory", { initial: 1 });
    const store = m.func("store", {}, (f) => f.do(v128.store(16, v128.const(lanes))));
    m.export("store", store);
    instantiate(m, imports)["store"]!();
    const expected = new Uint8Array(lanes.buffer, lanes.byteOffset, 16);
    expect(new Uint8Array(buffer, 16, 16)).toEqual(expected);
  });
});
