import { describe, expect, test } from "vitest";
import type { Kernel } from "../../src/kernel.js";
import { workerStates } from "../../src/threads/layout.js";
import { filling, mixed, mixing, times } from "./kernels.js";
import { inNode, long, pause, Rig, unstoppable, until } from "./rig.js";

const limit = { timeout: 60_000 };

/** Whole numbers from 0 to below `below`, always the same ones. */
function randomNumbers(): (below: number) => number {
  let state = 12345;
  return (below) => {
    state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff;
    return Math.floor((state / 2 ** 31) * below);
  };
}

function untilAsleep(rig: Rig): Promise<void> {
  return until(() => rig.states().every((state) => state === workerStates.asleep), "all sleep");
}

describe.each([1, 2, 3, 4])("%d threads", (threads) => {
  test("compute each item of many short calls once", limit, async () => {
    const rig = new Rig(threads);
    const kernel = mixing(rig.memory);
    await rig.untilShared(threads);
    const random = randomNumbers();
    const used = new Set<number>();
    for (let call = 0; call < 4000; call++) {
      const items = Array.from({ length: random(40) }, () => ({
        seed: random(1000),
        rounds: random(200),
      }));
      // Some as if long, so that sleepers are woken; some as if too short to be shared.
      const results = rig.run(kernel, items, [0, 20_000, long, 20 * long][random(4)]);
      results.forEach(({ value, times, scratch }, i) => {
        const { seed, rounds } = items[i]!;
        if (value !== mixed(seed, rounds) || times !== 1) {
          throw new Error(`call ${call}, item ${i}: computed ${times} times`);
        }
        used.add(scratch);
      });
      if (!rig.isClosed()) throw new Error(`call ${call} returned while its job was open`);
    }
    expect(used.size).toBeLessThanOrEqual(threads);
    await rig.untilShared(threads);
    expect(rig.executor.threads).toBe(threads);
    expect(rig.executor.notes).toEqual([]);
  });
});

describe("between calls", () => {
  test("memory grows", limit, async () => {
    const rig = new Rig(2);
    const [own] = await rig.untilShared(2);
    const kernel = filling(rig.memory);
    const piece = 2 ** 16;
    for (let call = 1; call <= 30; call++) {
      // Workers notice it when they wake, and when they are awake.
      if (call % 10 === 0) await untilAsleep(rig);
      const pieces = 8 * call;
      const address = rig.allocate(piece * pieces);
      const items = Array.from({ length: pieces }, (_, i) => ({
        seed: call + i,
        rounds: piece,
        argument: address + i * piece,
      }));
      const isShared = (): boolean => {
        const results = rig.run(kernel, items, 10 * long);
        const { u8 } = rig.memory.views;
        let wrong = 0;
        for (let at = 0; at < piece * pieces; at += 1021) {
          if (u8[address + at] !== ((call + Math.floor(at / piece)) & 255)) wrong++;
        }
        expect(wrong).toBe(0);
        return results.some(({ scratch }) => scratch !== own);
      };
      isShared();
      if (call % 10 === 0) await until(isShared, "a worker writes there");
    }
    expect(rig.memory.memory.buffer.byteLength).toBeGreaterThan(2 ** 27);
  });

  test("new kernels come, and kernels that are linked to others", limit, async () => {
    const rig = new Rig(3);
    const [own] = await rig.untilShared(3);
    const items = Array.from({ length: 500 }, (_, seed) => ({ seed, rounds: 300 }));
    let link: Kernel | undefined;
    for (let constant = 1; constant <= 60; constant++) {
      // Where memory has grown, the kernel's record lies beyond what workers have seen of it.
      rig.allocate(2 ** 20);
      const kernel = times(rig.memory, constant, link);
      const factor = constant * (link?.name.length ?? 1);
      const isShared = (): boolean => {
        const results = rig.run(kernel, items);
        expect(results.map(({ value }) => value)).toEqual(items.map(({ seed }) => seed * factor));
        return results.some(({ scratch }) => scratch !== own);
      };
      isShared();
      if (constant % 5 === 0) await until(isShared, "a worker knows the kernel");
      link = constant % 3 === 0 ? undefined : kernel;
    }
    expect(rig.memory.memory.buffer.byteLength).toBeGreaterThan(2 ** 25);
    await rig.untilShared(3);
    expect(rig.executor.notes).toEqual([]);
  });

  test("scratch memory grows, and no two threads have the same", limit, async () => {
    const rig = new Rig(3);
    await rig.untilShared(3);
    for (let scratchBytes = 64; scratchBytes <= 2 ** 22; scratchBytes *= 4) {
      const kernel = mixing(rig.memory, scratchBytes);
      const items = Array.from({ length: 64 }, (_, seed) => ({ seed, rounds: 2000 }));
      const results = rig.run(kernel, items);
      expect(results.map(({ value }) => value)).toEqual(items.map((i) => mixed(i.seed, i.rounds)));
      const own = [...new Set(results.map(({ scratch }) => scratch))].sort((a, b) => a - b);
      own.forEach((address, i) => {
        expect((own[i + 1] ?? 2 ** 32) - address).toBeGreaterThanOrEqual(scratchBytes);
      });
    }
  });

  test(
    "without room for the workers' scratch memory, the calling thread goes on alone",
    limit,
    async () => {
      const rig = new Rig(2);
      await rig.untilShared(2);
      const kernel = mixing(rig.memory, 2 ** 26 + 2 ** 25);
      rig.allocate(2 ** 26 + 2 ** 25);
      const results = rig.run(kernel, [
        { seed: 1, rounds: 10 },
        { seed: 2, rounds: 10 },
      ]);
      expect(results.map(({ value }) => value)).toEqual([mixed(1, 10), mixed(2, 10)]);
      expect(new Set(results.map(({ scratch }) => scratch)).size).toBe(1);
    },
  );

  test("without room for all, no worker keeps scratch memory", limit, async () => {
    const rig = new Rig(3);
    await rig.untilShared(3);
    const quarter = 2 ** 26;
    rig.memory.free(rig.allocate(quarter), quarter);
    const kernel = mixing(rig.memory, quarter);
    const held = rig.allocate(quarter);
    // There is room for this thread and one worker.
    const items = Array.from({ length: 8 }, (_, seed) => ({ seed, rounds: 10 }));
    const results = rig.run(kernel, items);
    expect(new Set(results.map(({ scratch }) => scratch)).size).toBe(1);
    expect(rig.memory.allocate(quarter)).toBeDefined();
    rig.memory.free(held, quarter);
  });
});

describe("workers", () => {
  test("start with the first call that is worth it, one for each 10 ms of it", () => {
    const rig = new Rig(8);
    const kernel = mixing(rig.memory);
    const items = Array.from({ length: 8 }, () => ({ rounds: 1 }));
    expect(rig.executor.threads).toBe(8);
    rig.run(kernel, items, 100_000);
    rig.run(kernel, items.slice(1, 2), long);
    expect(rig.handles.length).toBe(0);
    rig.run(kernel, items, 10 * long);
    expect(rig.handles.length).toBe(1);
    rig.run(kernel, items, 30 * long);
    expect(rig.handles.length).toBe(4);
    rig.run(kernel, items, 1000 * long);
    rig.run(kernel, items, 1000 * long);
    expect(rig.handles.length).toBe(7);
  });

  test("begin in memory that was used before", limit, async () => {
    const rig = new Rig(3);
    const size = 2 ** 20;
    const used = rig.memory.allocateOwn(size) ?? 0;
    rig.memory.views.u8.fill(255, used, used + size);
    rig.memory.free(used, size);
    await rig.untilShared(3);
    for (const record of rig.records) {
      expect(4 * record - used).toBeGreaterThanOrEqual(0);
      expect(4 * record - used).toBeLessThan(size);
    }
    expect(rig.executor.notes).toEqual([]);
  });

  test("are not waited for while they start", () => {
    const rig = new Rig(2);
    const kernel = mixing(rig.memory);
    const items = Array.from({ length: 4 }, (_, seed) => ({ seed, rounds: 4 }));
    for (let call = 0; call < 3; call++) {
      const results = rig.run(kernel, items);
      expect(results.map(({ value }) => value)).toEqual(items.map((i) => mixed(i.seed, i.rounds)));
    }
  });

  test("are all woken by one call", limit, async () => {
    const rig = new Rig(4);
    await rig.untilShared(4);
    const kernel = mixing(rig.memory);
    const items = Array.from({ length: 64 }, () => ({ rounds: 200_000 }));
    const used = (): number => new Set(rig.run(kernel, items).map(({ scratch }) => scratch)).size;
    for (let call = 0; call < 50; call++) {
      await untilAsleep(rig);
      if (used() === 4) return;
    }
    expect.fail("no call woke all");
  });

  test("end when the executor is disposed, asleep or awake", limit, async () => {
    for (const idle of [0, 50]) {
      const rig = new Rig(3);
      await rig.untilShared(3);
      await pause(idle);
      await rig.executor.dispose();
      await rig.executor.dispose();
      expect(rig.executor.notes).toEqual([]);
      if (inNode) await until(() => rig.ends.length === 2, "both have ended");
    }
  });

  test("end by themselves when they are told", limit, async () => {
    const rig = new Rig(3, { startWorker: unstoppable });
    await rig.untilShared(3);
    await rig.executor.dispose();
    const end = "it ended with exit code 0";
    if (inNode) await until(() => String(rig.ends) === `${end},${end}`, "both have ended");
  });

  test("may be disposed of before they are up", async () => {
    const rig = new Rig(2);
    rig.run(mixing(rig.memory), [{}, {}]);
    await rig.executor.dispose();
    expect(rig.executor.notes).toEqual([]);
  });
});
