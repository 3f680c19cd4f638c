import { describe, expect, test, vi } from "vitest";
import { kernelsOfList } from "../../src/threads/kernel-records.js";
import { control, workerRecord, workerStates } from "../../src/threads/layout.js";
import { times } from "./kernels.js";
import { pause, Rig } from "./rig.js";

const limit = { timeout: 60_000 };

/** Counts the bytes of a rig's memory that are in use. */
function bytesInUse({ memory }: Rig): () => number {
  let bytes = 0;
  const { free } = memory;
  for (const name of ["allocate", "allocateOwn"] as const) {
    const allocate = memory[name];
    vi.spyOn(memory, name).mockImplementation((size) => {
      bytes += size;
      return allocate.call(memory, size);
    });
  }
  vi.spyOn(memory, "free").mockImplementation((address, size) => {
    bytes -= size;
    free.call(memory, address, size);
  });
  return () => bytes;
}

const items = Array.from({ length: 40 }, (_, seed) => ({ seed, rounds: 300 }));

/** Runs a kernel that multiplies, perhaps by way of another one; the threads that took part. */
function expectRight(rig: Rig, constant: number, isLinked = false, nanoseconds?: number): number {
  const link = isLinked ? times(rig.memory, constant + 1) : undefined;
  const kernel = times(rig.memory, constant, link);
  const factor = constant * (link?.name.length ?? 1);
  const results = rig.run(kernel, items, nanoseconds);
  expect(results.map(({ value }) => value)).toEqual(items.map(({ seed }) => seed * factor));
  return new Set(results.map(({ scratch }) => scratch)).size;
}

describe.each([1, 3])("thousands of kernels with %d threads", (threads) => {
  test("run right in memory that does not grow", limit, async () => {
    const rig = new Rig(threads);
    await rig.untilShared(threads);
    const bytes = bytesInUse(rig);
    let [most, shared] = [0, 0];
    for (let i = 0; i < 3000; i++) {
      if (expectRight(rig, i, i % 7 === 0) > 1) shared++;
      most = Math.max(most, bytes());
    }
    if (threads > 1) expect(shared).toBeGreaterThan(0);
    // Two lists of kernels that have at most a link more than one without.
    const { bytes: code } = times(rig.memory, 1e6, times(rig.memory, 1e6));
    expect(most).toBeLessThan(2 * (kernelsOfList + 1) * (code.length + 128));
    await rig.untilShared(threads);
    expect(rig.executor.notes).toEqual([]);
  });
});

describe("lists of kernels", () => {
  test("are freed when a worker has gone over to the next one, and not before", () => {
    // A worker that does nothing by itself.
    const rig = new Rig(2, { startWorker: () => ({ stop: async () => {} }) });
    const { i32 } = rig.memory.views;
    const bytes = bytesInUse(rig);
    let constant = 0;
    const next = (count = 1): void => {
      for (let i = 0; i < count; i++) expectRight(rig, constant++);
    };
    next(kernelsOfList);
    const worker = rig.records[0]!;
    Atomics.store(i32, worker + workerRecord.state, workerStates.asleep);
    const state = (): object => ({
      list: Atomics.load(i32, control.list),
      id: Atomics.load(i32, control.kernel),
    });
    expect(state()).toEqual({ list: 0, id: kernelsOfList - 1 });
    const one = bytes();
    next();
    expect(state()).toEqual({ list: 1, id: kernelsOfList });
    next(kernelsOfList - 1);
    expect(state()).toEqual({ list: 1, id: 2 * kernelsOfList - 1 });
    // Both are full, and the first one may still be read: nothing is freed, nothing published.
    const two = bytes();
    expect(two).toBeGreaterThan(1.5 * one);
    const epoch = Atomics.load(i32, control.epoch);
    next(10);
    expect(state()).toEqual({ list: 1, id: 2 * kernelsOfList - 1 });
    expect(bytes()).toBe(two);
    // Only the worker is told to look.
    expect(Atomics.load(i32, control.epoch)).toBe(epoch + 10);
    Atomics.store(i32, worker + workerRecord.list, 1);
    next();
    expect(state()).toEqual({ list: 2, id: 2 * kernelsOfList });
    expect(bytes()).toBeLessThan(1.5 * one);
    // One that is not up holds nothing.
    Atomics.store(i32, worker + workerRecord.state, workerStates.starting);
    next(2 * kernelsOfList);
    expect(state()).toEqual({ list: 4, id: 4 * kernelsOfList });
  });

  test("are not held up by workers that sleep, or are not up yet", limit, async () => {
    const rig = new Rig(4);
    // The first call starts workers; none of them is up before this function waits.
    for (let i = 0; i < 3 * kernelsOfList; i++) expectRight(rig, i, false, 100 * 1e6);
    const { i32 } = rig.memory.views;
    expect(Atomics.load(i32, control.list)).toBe(2);
    await rig.untilShared(4);
    for (let i = 0; Atomics.load(i32, control.list) < 6; i++) {
      if (i > 20 * kernelsOfList) expect.fail("no new list begins");
      // All fall asleep now and then.
      if (i % 100 === 0) await pause(5);
      expectRight(rig, 1e6 + i);
    }
    await rig.untilShared(4);
    expect(rig.executor.notes).toEqual([]);
  });
});
