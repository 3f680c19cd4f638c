import { describe, expect, test } from "vitest";
import { i32Atomics, i64Atomics } from "../../src/assembler/atomics.js";
import { f32, f32x4, f64x2, i8x16, i32, i64, i64x2, v128 } from "./assembler.js";
import { refusal } from "./refusal.js";

const one = i32.const(1);
const zeros = v128.const(new Uint8Array(16));

describe("operands", () => {
  test.each<[string, () => unknown]>([
    // @ts-expect-error an i32 is no v128
    ["f32x4.add: operand 1 is i32, expected v128", () => f32x4.add(one, zeros)],
    // @ts-expect-error vectors have no plain numbers
    ["f32x4.add: operand 2 is 1, expected v128", () => f32x4.add(zeros, 1)],
    // @ts-expect-error i64 has bigints
    ["i64.add: operand 1 is 1, expected i64 or a bigint", () => i64.add(1, 2n)],
    // @ts-expect-error f32 has numbers
    ["f32.add: operand 1 is 1n, expected f32 or a number", () => f32.add(1n, 2)],
    // @ts-expect-error an f32 is no f64
    ["f64x2.splat: operand 1 is f32, expected f64 or a number", () => f64x2.splat(f32.const(1))],
    // @ts-expect-error one is missing
    ["f32.add: operand 2 is undefined, expected f32 or a number", () => f32.add(1)],
    // @ts-expect-error not a number
    ['f32.sqrt: operand 1 is "2", expected f32 or a number', () => f32.sqrt("2")],
    // @ts-expect-error a statement is no value
    ["i32.eqz: operand 1 is a statement, expected i32", () => i32.eqz(i32.store(0, 0))],
  ])("%s", (message, run) => {
    expect(refusal(run)).toContain(message);
  });

  test.each([2 ** 32, -(2 ** 31) - 1, 0.5, Number.NaN, Number.POSITIVE_INFINITY])(
    "%d is no constant of i32",
    (value) => {
      expect(refusal(() => i32.add(1, value))).toBe(
        `i32.add: operand 2 is ${value}, expected i32 or a whole number from -2^31 to 2^32-1`,
      );
    },
  );

  test.each([2n ** 64n, -(2n ** 63n) - 1n])("%d is no constant of i64", (value) => {
    expect(refusal(() => i64.const(value))).toContain(`i64.const: operand 1 is ${value}n`);
  });

  test("a vector has sixteen bytes", () => {
    expect(refusal(() => v128.const(new Float32Array(3)))).toBe(
      "v128.const: 12 bytes, expected 16",
    );
  });
});

describe("immediates", () => {
  const [lanes, at] = [zeros, one];

  test.each<[string, () => unknown]>([
    ["i8x16.extractLaneS: the lane is 16,", () => i8x16.extractLaneS(lanes, 16)],
    ["i64x2.replaceLane: the lane is 2,", () => i64x2.replaceLane(lanes, 1n, 2)],
    ["f32x4.extractLane: the lane is -1,", () => f32x4.extractLane(lanes, -1)],
    ["f32x4.extractLane: the lane is 0.5,", () => f32x4.extractLane(lanes, 0.5)],
    // @ts-expect-error a lane is missing
    ["f32x4.extractLane: the lane is undefined,", () => f32x4.extractLane(lanes)],
    ["v128.load32Lane: the lane is 4,", () => v128.load32Lane(at, lanes, 4)],
    ["i8x16.shuffle: a lane is 32,", () => i8x16.shuffle(lanes, lanes, Array(16).fill(32))],
    ["i8x16.shuffle: there are 15 lanes,", () => i8x16.shuffle(lanes, lanes, Array(15).fill(0))],
    ["f32.load: the offset is -1,", () => f32.load(at, { offset: -1 })],
    ["f32.load: the offset is 4294967296,", () => f32.load(at, { offset: 2 ** 32 })],
    ["i64.atomicLoad: the offset is 1.5,", () => i64Atomics.atomicLoad(at, { offset: 1.5 })],
    [
      "f32.load: the alignment is 8, expected a power of two up to 4",
      () => f32.load(at, { align: 8 }),
    ],
    ["f32.load: the alignment is 3,", () => f32.load(at, { align: 3 })],
    ["f32.load: the alignment is 0,", () => f32.load(at, { align: 0 })],
    ["i32.load8U: the alignment is 2,", () => i32.load8U(at, { align: 2 })],
    ["v128.load8x8S: the alignment is 16,", () => v128.load8x8S(at, { align: 16 })],
    // @ts-expect-error atomic instructions have one alignment
    ["nothing was refused", () => i32Atomics.atomicLoad(at, { align: 1 })],
  ])("%s", (message, run) => {
    expect(refusal(run)).toContain(message);
  });
});
