import { isBlkError } from "@blk/core";
import { describe, expect, test } from "vitest";
import { Memory, maxBufferBytes } from "../src/memory.js";

function memory(total = Number.POSITIVE_INFINITY, pool = 1000): Memory {
  return new Memory({ total, pool });
}

function code(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (isBlkError(error)) return error.code;
    throw error;
  }
  return "nothing thrown";
}

describe("memory", () => {
  test("counts live buffers; disposing twice is harmless", () => {
    const m = memory();
    const a = m.allocate(100);
    m.allocate(0);
    expect(m.usage()).toEqual({ buffers: 2, bytes: 100 });
    a.dispose();
    a.dispose();
    expect(a.disposed).toBe(true);
    expect(a.byteLength).toBe(100);
    expect(m.usage()).toEqual({ buffers: 1, bytes: 0 });
  });

  test("hands the same memory out again, for the same size only", () => {
    const m = memory();
    const first = m.allocate(100);
    const array = m.array(first, "f32", "test");
    first.dispose();
    expect(m.pooled).toBe(100);
    expect(m.array(m.allocate(96), "f32", "test")).not.toBe(array);
    const again = m.allocate(100);
    expect(m.array(again, "f32", "test")).toBe(array);
    expect(m.pooled).toBe(0);
    expect(first.disposed).toBe(true);
    expect(code(() => m.array(first, "f32", "test"))).toBe("DISPOSED");
  });

  test("the pool is bounded and forgets the sizes not used for longest", () => {
    const m = memory(undefined, 250);
    const [a, b, c] = [m.allocate(100), m.allocate(104), m.allocate(108)];
    a.dispose();
    b.dispose();
    c.dispose();
    expect(m.pooled).toBe(104 + 108);
    m.allocate(1000).dispose();
    expect(m.pooled).toBe(104 + 108);
  });

  test("refuses what does not fit, with the numbers, and stays usable", () => {
    const m = memory(150);
    const a = m.allocate(100);
    expect(() => m.allocate(51)).toThrow(/51 bytes beside 100 in 1 live buffers; the limit is 150/);
    expect(code(() => m.allocate(51))).toBe("OUT_OF_MEMORY");
    a.dispose();
    expect(m.allocate(150).byteLength).toBe(150);
    expect(code(() => memory().allocate(maxBufferBytes + 1))).toBe("OUT_OF_MEMORY");
  });

  test("a refusal of the engine is OUT_OF_MEMORY too, after the pool was given back", () => {
    const m = memory();
    m.allocate(64).dispose();
    const real = globalThis.ArrayBuffer;
    globalThis.ArrayBuffer = class {
      constructor() {
        throw new RangeError("Array buffer allocation failed");
      }
    } as unknown as ArrayBufferConstructor;
    try {
      expect(code(() => m.allocate(128))).toBe("OUT_OF_MEMORY");
    } finally {
      globalThis.ArrayBuffer = real;
    }
    expect(m.pooled).toBe(0);
    expect(m.allocate(128).byteLength).toBe(128);
  });

  test.each([-1, 1.5, Number.NaN])("a size of %d is no size", (size) => {
    expect(code(() => memory().allocate(size))).toBe("ARGUMENT");
  });

  test("sizes that are no multiple of an element end with the last whole one", () => {
    const m = memory();
    const buffer = m.allocate(15);
    expect(m.array(buffer, "f64", "test").length).toBe(1);
    expect(m.array(buffer, "f32", "test").length).toBe(3);
    expect(m.array(buffer, "f16", "test").length).toBe(7);
  });

  test("views must lie inside of a live buffer of this memory", () => {
    const m = memory();
    const buffer = m.allocate(40);
    const view = {
      buffer,
      dtype: "f32",
      rows: 2,
      cols: 5,
      offset: 0,
      rowStride: 5,
      colStride: 1,
    } as const;
    expect(code(() => m.window(view, "test"))).toBe("nothing thrown");
    expect(code(() => m.window({ ...view, offset: 1 }, "test"))).toBe("BOUNDS");
    expect(code(() => m.window({ ...view, rowStride: -5 }, "test"))).toBe("BOUNDS");
    expect(code(() => m.window({ ...view, rows: 0, offset: 99 }, "test"))).toBe("nothing thrown");
    expect(code(() => memory().window(view, "test"))).toBe("BACKEND_MISMATCH");
    m.close();
    expect(buffer.disposed).toBe(true);
    expect(m.usage()).toEqual({ buffers: 0, bytes: 0 });
    expect(m.pooled).toBe(0);
    expect(code(() => m.window(view, "test"))).toBe("DISPOSED");
    expect(code(() => m.checkOpen("test"))).toBe("DISPOSED");
  });
});
