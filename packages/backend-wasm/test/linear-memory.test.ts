import { isBlkError } from "@blk/core";
import { describe, expect, test, vi } from "vitest";
import { Commands } from "../src/commands.js";
import { LinearMemory } from "../src/linear-memory.js";
import { control } from "../src/threads/layout.js";

const page = 2 ** 16;

describe("linear memory", () => {
  test("hands out neither address 0 nor the words by which threads talk", () => {
    const memory = new LinearMemory(false, 32 * page);
    for (const first of [memory.allocate(1), memory.allocateOwn(1)]) {
      expect(first).toBeGreaterThanOrEqual(4 * (Math.max(...Object.values(control)) + 1));
      expect(first! % 64).toBe(0);
    }
  });

  test("keeps what is the backend's own apart, for as long as there is room", () => {
    const memory = new LinearMemory(false, 128 * page);
    const large = memory.allocate(60 * page) ?? 0;
    const own = [memory.allocateOwn(page) ?? 0, memory.allocateOwn(page) ?? 0];
    // Two pages were its own, but for those words: the second had to go elsewhere.
    expect(own[0]).toBeLessThan(large);
    expect(own[1]).toBeGreaterThanOrEqual(large + 60 * page);
    for (const address of own) memory.free(address, page);
    memory.free(large, 60 * page);
    expect(memory.allocateOwn(page)).toBe(own[0]);
    expect(memory.allocate(memory.maximumBytes - memory.border - 64)).toBe(memory.border);
    expect(memory.allocate(1)).toBeUndefined();
  });

  test("reaches beyond the end of what is allocated, by more than a vector", () => {
    const memory = new LinearMemory(false, 1024 * page);
    // The last of these ends where the memory does, if nothing sees to it that it does not.
    for (const pages of [1, 65, 200, 256]) {
      const start = memory.allocate(64) ?? 0;
      const size = pages * page - start - 64;
      if (size <= 0) continue;
      const address = memory.allocate(size) ?? 0;
      const { u8, i32, f32, f64, f16 } = memory.views;
      const { byteLength } = memory.memory.buffer;
      expect(byteLength - (address + size)).toBeGreaterThanOrEqual(64);
      for (const array of [u8, i32, f32, f64, f16]) expect(array.byteLength).toBe(byteLength);
    }
  });

  test("ends at its limit, where the last page may still be had", () => {
    const memory = new LinearMemory(false, 100 * page + 100);
    expect(memory.maximumBytes).toBe(100 * page);
    expect(memory.allocate(100 * page)).toBeUndefined();
    expect(memory.memory.buffer.byteLength).toBe(page);
    expect(memory.allocate(98 * page)).toBeDefined();
    expect(memory.allocate(2 * page)).toBeUndefined();
  });

  test("grows by what is needed where the engine gives no more", () => {
    const memory = new LinearMemory(false, 32 * page);
    const { grow } = memory.memory;
    vi.spyOn(memory.memory, "grow").mockImplementation((pages) => {
      if (pages > 2) throw new RangeError("no");
      return grow.call(memory.memory, pages);
    });
    expect(memory.allocate(2 * page)).toBeDefined();
    expect(memory.memory.buffer.byteLength).toBe(3 * page);
    expect(memory.allocate(9 * page)).toBeUndefined();
    expect(memory.allocate(page)).toBeDefined();
  });

  test("lets go of its arrays when it is closed", () => {
    const memory = new LinearMemory(false, 16 * page);
    memory.close();
    expect(memory.views.u8.length).toBe(0);
  });
});

describe("memory of commands", () => {
  test("is used again, and freed when it must be larger", () => {
    const memory = new LinearMemory(false, 1024 * page);
    const allocate = vi.spyOn(memory, "allocateOwn");
    const free = vi.spyOn(memory, "free");
    const commands = new Commands(memory);
    const first = commands.take(100);
    expect(commands.take(page)).toBe(first);
    expect(allocate).toHaveBeenCalledTimes(1);
    expect(free).not.toHaveBeenCalled();
    commands.take(page + 1);
    expect(allocate).toHaveBeenLastCalledWith(2 * page);
    expect(free.mock.calls).toEqual([[first, page]]);
  });

  test("that cannot be had is refused, and less is given later", () => {
    const memory = new LinearMemory(false, 16 * page);
    const commands = new Commands(memory);
    commands.take(page);
    const free = vi.spyOn(memory, "free");
    for (let again = 0; again < 2; again++) {
      expect(() => commands.take(17 * page)).toThrow(
        expect.toSatisfy((error) => isBlkError(error, "OUT_OF_MEMORY")),
      );
    }
    // What there was is gone, once.
    expect(free).toHaveBeenCalledTimes(1);
    const other = memory.allocate(2 * page) ?? 0;
    const address = commands.take(100);
    expect(address >= other + 2 * page || address + page <= other).toBe(true);
  });
});
