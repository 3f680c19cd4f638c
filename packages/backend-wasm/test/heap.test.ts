import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { alignment, Heap } from "../src/heap.js";

/** A heap that may grow to `limit`, and where it reaches. */
function heapUpTo(limit: number) {
  const state = { end: 0 };
  const heap = new Heap(0, (end) => {
    if (end > limit) return false;
    state.end = Math.max(state.end, end);
    return true;
  });
  return { heap, state };
}

describe("Heap", () => {
  it("gives aligned blocks that do not overlap, whatever is freed in between", () => {
    const step = fc.record({ size: fc.nat(5000), free: fc.option(fc.nat(50)) });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const { heap, state } = heapUpTo(2 ** 20);
        const live: { address: number; size: number }[] = [];
        for (const { size, free } of steps) {
          if (free !== null && live.length > 0) {
            const [block] = live.splice(free % live.length, 1);
            if (block) heap.free(block.address, block.size);
          }
          const address = heap.allocate(size);
          if (address === undefined) continue;
          expect(address % alignment).toBe(0);
          expect(address + size).toBeLessThanOrEqual(state.end);
          for (const other of live) {
            const isApart =
              address >= other.address + Math.max(other.size, 1) ||
              other.address >= address + Math.max(size, 1);
            expect(isApart).toBe(true);
          }
          live.push({ address, size });
        }
        // Once all is free, it is one block again.
        for (const { address, size } of live) heap.free(address, size);
        if (state.end > 0) expect(heap.allocate(state.end)).toBe(0);
      }),
      { numRuns: 200, seed: 1 },
    );
  });

  it("has room for a large block after a million small ones", () => {
    const { heap, state } = heapUpTo(64 * 2 ** 20);
    const live: [address: number, size: number][] = [];
    let failures = 0;
    let seed = 1;
    const random = (below: number): number => {
      seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
      return (seed >>> 8) % below;
    };
    for (let i = 0; i < 1_000_000; i++) {
      if (live.length > 300 || (live.length > 0 && random(2) === 0)) {
        const at = random(live.length);
        const [address, size] = live[at] as [number, number];
        live[at] = live[live.length - 1] as [number, number];
        live.pop();
        heap.free(address, size);
      }
      const size = 1 + random(20_000);
      const address = heap.allocate(size);
      if (address === undefined) failures++;
      else live.push([address, size]);
    }
    expect(failures).toBe(0);
    // 300 blocks of at most 20 kB: room that is lost between them would show here.
    expect(state.end).toBeLessThan(2 * 300 * 20_000);
    for (const [address, size] of live) heap.free(address, size);
    expect(heap.allocate(60 * 2 ** 20)).toBeDefined();
  });

  it("refuses what does not fit, and works on", () => {
    const { heap } = heapUpTo(1024);
    expect(heap.allocate(2000)).toBeUndefined();
    const first = heap.allocate(512);
    expect(heap.allocate(600)).toBeUndefined();
    expect(heap.allocate(512)).toBe(512);
    heap.free(first as number, 512);
    expect(heap.allocate(500)).toBe(0);
  });

  it("grows from the free block at its end, so that nothing is left in between", () => {
    const { heap } = heapUpTo(1024);
    const first = heap.allocate(256) as number;
    const last = heap.allocate(512) as number;
    heap.free(last, 512);
    expect(heap.allocate(768)).toBe(last);
    heap.free(first, 256);
    heap.free(last, 768);
    expect(heap.allocate(1024)).toBe(0);
  });

  it("gives each empty buffer an address of its own", () => {
    const { heap } = heapUpTo(1024);
    expect(heap.allocate(0)).not.toBe(heap.allocate(0));
  });
});
