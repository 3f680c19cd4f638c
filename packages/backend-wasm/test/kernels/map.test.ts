import { bytesPerElement, type DType, expr } from "@blk/core";
import { describe, expect, test } from "vitest";
import { type MapSpec, mapItemBytes, mapKernel, type Operand } from "../../src/kernels/map.js";

const [x, y] = [expr.input(0), expr.input(1)];
const pageBytes = 65536;
/** Where the descriptions of windows and items are put. */
const descriptions = 32768;
const limits = { initial: 1, maximum: 65536 };

interface Tile {
  readonly memory: WebAssembly.Memory;
  /** Element k of a type, counted from address 0. */
  array(dtype: DType): Float32Array | Float64Array | Int32Array | Uint16Array;
  /** Calls the export `tile` for windows of `[address, rowStride, colStride]`, in bytes. */
  tile(windows: readonly (readonly number[])[], ...part: number[]): void;
  run(items: readonly (readonly number[])[], from: number, to: number): void;
}

/** An instance of a kernel with one page of memory, so that reading beyond its end traps. */
function instantiate(spec: Omit<MapSpec, "limits">): Tile {
  const kernel = mapKernel("map", { ...spec, limits });
  const memory = new WebAssembly.Memory({ initial: 1, maximum: 1 });
  const module = new WebAssembly.Module(kernel.bytes);
  const { exports } = new WebAssembly.Instance(module, { env: { memory } });
  const { tile, run } = exports as Record<string, (...given: number[]) => void>;
  const words = new Int32Array(memory.buffer);
  return {
    memory,
    array(dtype) {
      const types = { f32: Float32Array, f64: Float64Array, f16: Uint16Array, i32: Int32Array };
      return new types[dtype](memory.buffer);
    },
    tile(windows, ...part) {
      words.set(windows.flat(), descriptions / 4);
      tile!(descriptions, ...part);
    },
    run(items, from, to) {
      words.set(items.flat(), descriptions / 4);
      expect(kernel.itemBytes).toBe(mapItemBytes(spec.outs.length + spec.inputs.length));
      run!(descriptions, from, to, 0);
    },
  };
}

const adjacent: Operand = { dtype: "f32", spacing: "adjacent" };
const strided: Operand = { dtype: "f32", spacing: "strided" };
const sum = { expressions: [expr.add(x, y)], type: "f32" as const };

describe("tile", () => {
  test("computes the part that it is given, and no other element", () => {
    const { array, tile } = instantiate({ ...sum, outs: [adjacent], inputs: [adjacent, strided] });
    const f32 = array("f32") as Float32Array;
    for (let i = 0; i < 100; i++) {
      f32[1000 + i] = i;
      f32[2000 + i] = 1000 * i;
      f32[3000 + i] = -1;
    }
    // Out and x are 7×11 by rows, y by columns; from (2, 3) on, 3×6.
    tile(
      [
        [12000, 44, 4],
        [4000, 44, 4],
        [8000, 4, 28],
      ],
      2,
      3,
      3,
      6,
    );
    for (let k = 0; k < 100; k++) {
      const [i, j] = [Math.floor(k / 11), k % 11];
      const isInside = i >= 2 && i < 5 && j >= 3 && j < 9;
      expect(f32[3000 + k]).toBe(isInside ? k + 1000 * (i + 7 * j) : -1);
    }
  });

  test.each([
    ["f32", adjacent],
    ["f32", strided],
    ["f64", { dtype: "f64", spacing: "adjacent" }],
    ["i32", { dtype: "i32", spacing: "adjacent" }],
    ["f32", { dtype: "f16", spacing: "adjacent" }],
  ] as const)("of %s may write where it reads: %o", (type, operand) => {
    const doubled = expr.add(x, x);
    const { array, tile } = instantiate({
      expressions: [doubled],
      type,
      outs: [operand],
      inputs: [operand],
    });
    const bytes = bytesPerElement(operand.dtype);
    const values = array(operand.dtype);
    const one = operand.dtype === "f16" ? 0x3c00 : 1;
    const two = operand.dtype === "f16" ? 0x4000 : 2;
    const step = operand.spacing === "strided" ? 3 : 1;
    const [start, rowStride] = [1000, 40 * step];
    values.fill(one, start, start + 10 * rowStride);
    const window = [start * bytes, rowStride * bytes, step * bytes];
    tile([window, window], 0, 0, 10, 37);
    for (let k = 0; k < 10 * rowStride; k++) {
      const j = (k % rowStride) / step;
      expect(values[start + k], `element ${k}`).toBe(Number.isInteger(j) && j < 37 ? two : one);
    }
  });

  test.each([
    ["adjacent", 1],
    ["strided", 3],
  ] as const)("writes several outs after all is read: %s", (spacing, step) => {
    const operand: Operand = { dtype: "f32", spacing };
    const { array, tile } = instantiate({
      expressions: [y, expr.sub(x, y), expr.add(x, y)],
      type: "f32",
      outs: [operand, operand, operand],
      inputs: [operand, operand],
    });
    const f32 = array("f32");
    const [first, second, third] = [0, 1, 2].map((k) => [4000 * (k + 1), 160, 4 * step]);
    const elements = 37;
    for (let j = 0; j < elements; j++) {
      f32[1000 + step * j] = j;
      f32[2000 + step * j] = 100;
    }
    tile([first!, second!, third!, first!, second!], 0, 0, 1, elements);
    for (let j = 0; j < elements; j++) {
      const found = [1000, 2000, 3000].map((at) => f32[at + step * j]);
      expect(found).toEqual([100, j - 100, j + 100]);
    }
  });

  test.each([1, 2, 3, 4, 5, 6, 7, 8, 9])("of %i strided columns reads no other", (cols) => {
    const { array, tile } = instantiate({ ...sum, outs: [strided], inputs: [strided, strided] });
    const f32 = array("f32");
    // The last elements are the last of the memory, and the first.
    const down = pageBytes - 4 - 400 * (cols - 1);
    const up = 400 * (cols - 1);
    for (let j = 0; j < cols; j++) {
      f32[(down + 400 * j) / 4] = j;
      f32[(up - 400 * j) / 4] = 100;
    }
    tile(
      [
        [16000, 0, 8],
        [down, 0, 400],
        [up, 0, -400],
      ],
      0,
      0,
      1,
      cols,
    );
    const out = Array.from({ length: cols + 1 }, (_, j) => f32[4000 + 2 * j]);
    expect(out).toEqual([...Array.from({ length: cols }, (_, j) => 100 + j), 0]);
  });

  test("reads at most 24 bytes beyond a row of adjacent doubles", () => {
    const wide: Operand = { dtype: "f64", spacing: "adjacent" };
    const { tile } = instantiate({
      expressions: [x],
      type: "f32",
      outs: [adjacent],
      inputs: [wide],
    });
    const from = (cols: number): number[] => [pageBytes - 24 - 8 * cols, 0, 8];
    for (let cols = 1; cols < 9; cols++) tile([[1000, 0, 4], from(cols)], 0, 0, 1, cols);
    expect(() =>
      tile(
        [
          [1000, 0, 4],
          [pageBytes - 16, 0, 8],
        ],
        0,
        0,
        1,
        1,
      ),
    ).toThrow();
  });

  test("does not look at inputs that the expression does not read", () => {
    const { array, tile } = instantiate({
      expressions: [y],
      type: "f32",
      outs: [adjacent],
      inputs: [strided, adjacent],
    });
    array("f32").fill(3, 500, 504);
    tile(
      [
        [4000, 0, 4],
        [pageBytes * 9, 0, 4],
        [2000, 0, 4],
      ],
      0,
      0,
      1,
      4,
    );
    expect([...array("f32").slice(1000, 1004)]).toEqual([3, 3, 3, 3]);
  });

  test("of nothing does nothing", () => {
    const { array, tile } = instantiate({ ...sum, outs: [adjacent], inputs: [adjacent, strided] });
    const windows = [
      [4000, 40, 4],
      [pageBytes * 9, 40, 4],
      [pageBytes * 9, 40, 4],
    ];
    tile(windows, 0, 0, 0, 10);
    tile(windows, 0, 0, 10, 0);
    expect(
      array("f32")
        .slice(1000, 1100)
        .every((value) => value === 0),
    ).toBe(true);
  });
});

test("run computes the items that it is given", () => {
  const repeated: Operand = { dtype: "f32", spacing: "repeated" };
  const { array, run } = instantiate({ ...sum, outs: [adjacent], inputs: [adjacent, repeated] });
  const f32 = array("f32") as Float32Array;
  f32.set([10, 20, 30, 40], 500);
  // Items of 2×5; each row of the repeated input holds one number.
  const items = [0, 1, 2].map((item) => [
    ...[2, 5, 4000 + 40 * item, 20, 4],
    ...[8000 + 40 * item, 20, 4],
    ...[2000 + 4 * item, 4, 0],
  ]);
  run(items, 1, 3);
  const expected = [0, 0, 20, 30, 30, 40].flatMap((value) => new Array<number>(5).fill(value));
  expect([...f32.slice(1000, 1030)]).toEqual(expected);
});
