import { type DType, decodeHalf, encodeHalf, expr, type MatrixView } from "@blk/core";
import { describe, expect, test } from "vitest";
import type { ComputeType } from "../../src/kernels/arithmetic.js";
import { mapKernelOf } from "../../src/map-kernels.js";
import { writeWindow } from "../../src/window.js";
import { createTestWorkspace } from "../workspace.js";
import { around, seeded } from "./accuracy.js";

const allBits: readonly number[] = Array.from({ length: 2 ** 16 }, (_, bits) => bits);
const halves = allBits.map(decodeHalf);

/** Numbers from one type to another by way of arithmetic; f16 as the bits that are stored. */
function convert(
  values: readonly number[],
  from: DType,
  type: ComputeType,
  to: DType,
): ArrayLike<number> {
  const { workspace, upload } = createTestWorkspace();
  const views = [upload([], to, 1, values.length), upload(values, from, 1, values.length)];
  const [out, input] = views.map(({ dtype }) => ({ dtype, spacing: "adjacent" }) as const);
  const kernel = mapKernelOf(workspace, [expr.input(0)], type, [out!, input!]);
  const item = workspace.commands.take(kernel.itemBytes);
  const arrays = workspace.memory.views;
  const { i32 } = arrays;
  i32.set([1, values.length], item / 4);
  const windows = views.map((view: MatrixView) => workspace.window(view, "test"));
  windows.reduce((at, window) => writeWindow(i32, at, window), item + 8);
  workspace.executor.run(kernel, item, 1, 0);
  const start = windows[0]!.address / arrays[to].BYTES_PER_ELEMENT;
  return arrays[to].slice(start, start + values.length);
}

/** Numbers that are halves, between two of them, and beside both. */
function borders(type: "f32" | "f64"): number[] {
  const finite = halves.filter((half) => half >= 0 && half < Number.POSITIVE_INFINITY);
  const middles = finite.map((half, i) => (half + (finite[i + 1] ?? 2 ** 16)) / 2);
  // Halfway, and so little more or less that an f32 does not tell.
  const traps = middles.flatMap((middle) => [middle * (1 + 2 ** -40), middle * (1 - 2 ** -40)]);
  const positive = around(type, ...finite.filter((_, i) => i % 7 === 0), ...middles);
  const numbers = type === "f32" ? positive : [...positive, ...traps];
  return numbers.flatMap((number) => [number, -number]);
}

function anything(type: "f32" | "f64"): number[] {
  const random = seeded(3);
  const words = Uint32Array.from({ length: 40000 }, () => random() * 2 ** 32);
  return [...(type === "f32" ? new Float32Array(words.buffer) : new Float64Array(words.buffer))];
}

describe("f16", () => {
  test("becomes f32 and f64 exactly", () => {
    expect([...(convert(halves, "f16", "f32", "f32") as Float32Array)]).toEqual(halves);
    expect([...(convert(halves, "f16", "f64", "f64") as Float64Array)]).toEqual(halves);
  });

  test("becomes i32 by truncation and saturation", () => {
    const expected = halves.map((half) =>
      Math.max(-(2 ** 31), Math.min(2 ** 31 - 1, Math.trunc(half) || 0)),
    );
    expect([...(convert(halves, "f16", "i32", "i32") as Int32Array)]).toEqual(
      expected.map((value) => value + 0),
    );
  });

  test.each(["f32", "f64"] as const)("is the nearest to an %s, ties to even", (type) => {
    const numbers = [
      ...borders(type),
      ...anything(type),
      ...around(type, 65504, 65520, 2 ** -14, 2 ** -24, 2 ** -25, 0),
      Number.NaN,
      Number.POSITIVE_INFINITY,
      Number.NEGATIVE_INFINITY,
      -0,
    ];
    const stored = convert(numbers, type, type, "f16");
    const wrong = numbers.filter((number, i) => stored[i] !== encodeHalf(number));
    expect(wrong.slice(0, 5)).toEqual([]);
  });
});
