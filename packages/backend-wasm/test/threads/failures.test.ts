import { type BlkError, isBlkError } from "@blk/core";
import { describe, expect, test, vi } from "vitest";
import { closeJob, openJob, wakeOne } from "../../src/threads/job.js";
import { control, workerStates } from "../../src/threads/layout.js";
import { type StartWorker, startWorker } from "../../src/threads/start-worker.js";
import {
  itemWords,
  mixed,
  mixing,
  resultWords,
  trapping,
  trappingElsewhere,
  waiting,
} from "./kernels.js";
import { inNode, long, pause, Rig, unstoppable, until } from "./rig.js";

const limit = { timeout: 60_000 };

/** The error of a call that must fail. */
function failure(call: () => unknown): BlkError {
  try {
    call();
  } catch (error) {
    if (isBlkError(error)) return error;
    throw error;
  }
  throw new Error("nothing was thrown");
}

function expectRight(rig: Rig, threads: number): void {
  const items = Array.from({ length: 50 }, (_, seed) => ({ seed, rounds: 500 }));
  const kernel = mixing(rig.memory);
  for (let call = 0; call < 50; call++) {
    const results = rig.run(kernel, items);
    expect(results.map(({ value }) => value)).toEqual(items.map((i) => mixed(i.seed, i.rounds)));
    expect(results.every(({ times }) => times === 1)).toBe(true);
    expect(rig.isClosed()).toBe(true);
  }
  expect(rig.executor.threads).toBe(threads);
}

describe("a kernel that traps", () => {
  test.each([1, 3])("is named, and the pool of %d goes on", limit, async (threads) => {
    const rig = new Rig(threads);
    await rig.untilShared(threads);
    const kernel = trapping(rig.memory);
    const items = Array.from({ length: 1000 }, (_, seed) => ({ seed, argument: 1000 }));
    rig.run(kernel, items);
    for (let bad = 0; bad < 1000; bad += 37) {
      const trapped = failure(() =>
        rig.run(
          kernel,
          items.map((item) => ({ ...item, argument: bad })),
        ),
      );
      expect(trapped.code).toBe("DEVICE_LOST");
      expect(trapped.message).toContain("the kernel trapping failed (RuntimeError: unreachable");
      // The next call is not told of it.
      rig.run(kernel, items);
    }
    expectRight(rig, threads);
    expect(rig.executor.notes).toEqual([]);
  });

  test("is told of by a worker, too", limit, async () => {
    const rig = new Rig(2);
    const [own] = await rig.untilShared(2);
    const kernel = trappingElsewhere(rig.memory);
    const items = Array.from({ length: 64 }, () => ({ rounds: 20_000, argument: own! }));
    await until(() => {
      try {
        rig.run(kernel, items);
        return false;
      } catch (error) {
        expect((error as Error).message).toMatch(
          /trapping_elsewhere failed \([ -~]*unreachable[ -~]*, from item \d+ on\)/,
        );
        return true;
      }
    }, "a worker takes an item");
    expectRight(rig, 2);
  });

  test("does not hide what the calling thread threw", limit, async () => {
    const rig = new Rig(2);
    await rig.untilShared(2);
    const items = Array.from({ length: 2 }, () => ({}));
    const trapped = failure(() => rig.run(trapping(rig.memory), items));
    expect(trapped.details).toEqual({ kernel: "trapping" });
  });
});

/** Sees to it that a worker is in the middle of an item; it goes on when the word at the address is 1. */
async function inTheMiddle(rig: Rig): Promise<number> {
  const flag = rig.allocate(64);
  const words = rig.memory.views.i32;
  Atomics.store(words, flag / 4, 1);
  const kernel = waiting(rig.memory);
  // All workers compile it, and tell its id.
  await rig.untilShared(2);
  const [first, second] = [{ argument: flag }, { argument: flag }];
  rig.run(kernel, [first, second]);
  const id = Atomics.load(words, control.kernel);
  Atomics.store(words, flag / 4, 0);
  const items = rig.allocate(4 * itemWords);
  const results = rig.allocate(4 * resultWords);
  words.set([results, 0, 0, flag], items / 4);
  const job = { run: () => {}, kernel: id, items, count: 1, scratch: 0, most: 1, sharers: 2 };
  openJob(words, job);
  wakeOne(words);
  // Not merely that one is working: two may enter, of which one finds nothing left and leaves.
  const taken = Atomics.load(words, control.first) + 1;
  await until(() => Atomics.load(words, control.next) === taken, "a worker took the item");
  closeJob(words, job);
  return flag;
}

describe("a worker that stops", () => {
  test("between calls is missed at most as a thread", limit, async () => {
    const rig = new Rig(3);
    await rig.untilShared(3);
    await rig.handles[0]!.stop();
    // A page is not told that a worker ended.
    if (inNode) {
      await until(() => rig.executor.threads === 2, "its end is known");
      expect(rig.executor.notes).toEqual([
        "2 threads: a worker stopped (it ended with exit code 1)",
      ]);
    }
    expectRight(rig, inNode ? 2 : 3);
    await rig.handles[1]!.stop();
    if (inNode) await until(() => rig.executor.threads === 1, "its end is known");
    expectRight(rig, inNode ? 1 : 3);
  });

  test("gives its scratch memory back, once it has ended", limit, async () => {
    const ends: ((reason: string) => void)[] = [];
    const rig = new Rig(2, {
      startWorker: (start, gone) => {
        ends.push(gone);
        return startWorker(start, () => {});
      },
    });
    await rig.untilShared(2);
    const bytes = 2 ** 20;
    rig.run(mixing(rig.memory, bytes), [{}, {}]);
    const free = vi.spyOn(rig.memory, "free");
    ends[0]!("it ended");
    expect(free.mock.calls.map(([, size]) => size)).toEqual([bytes]);
    expectRight(rig, 1);
  });

  test("does not, but computes for as long as the call was said to take", limit, async () => {
    const rig = new Rig(2, { patience: 300 });
    await rig.untilShared(2);
    // Some 1000 ms; the calling thread takes the first item, the worker the second.
    const items = [{ rounds: 1 }, { rounds: 4e8 }];
    const results = rig.run(mixing(rig.memory), items, 30_000 * long);
    expect(results.every(({ times }) => times === 1)).toBe(true);
    expect(rig.executor.threads).toBe(2);
  });

  test("in the middle of a call is given up, and the rest goes on", limit, async () => {
    const rig = new Rig(2, { patience: 300 });
    await inTheMiddle(rig);
    const stopped = rig.handles[0]!.stop();
    const start = performance.now();
    const lost = failure(() => rig.run(mixing(rig.memory), [{}, {}, {}, {}]));
    expect(performance.now() - start).toBeGreaterThan(290);
    expect(performance.now() - start).toBeLessThan(5000);
    expect(lost.code).toBe("DEVICE_LOST");
    expect(lost.message).toBe(
      "wasm: a worker thread stopped while computing mixing_64; the results of this call are not complete. Later calls work, one thread goes on: compute this one again",
    );
    expectRight(rig, 1);
    await stopped;
    expectRight(rig, 1);
    expect(rig.executor.notes).toEqual([
      "one thread: a worker stopped (it did not go on for too long)",
    ]);
  });

  test("and comes back when it was given up does not disturb", limit, async () => {
    const rig = new Rig(3, { patience: 200, startWorker: unstoppable });
    const flag = await inTheMiddle(rig);
    failure(() => rig.run(mixing(rig.memory), [{}, {}, {}, {}]));
    Atomics.store(rig.memory.views.i32, flag / 4, 1);
    expectRight(rig, 2);
    await pause(50);
    expectRight(rig, 2);
    expect(rig.states()).toContain(workerStates.dismissed);
  });
});

describe("workers that cannot start", () => {
  test.each([
    [
      "at once",
      1,
      (): never => {
        throw new Error("no workers here");
      },
    ],
    [
      "later",
      3,
      (_: unknown, gone: (reason: string) => void) => {
        setTimeout(() => gone("Error: no workers here"));
        return { stop: async () => {} };
      },
    ],
  ] satisfies [string, number, StartWorker][])(
    "%s leave one thread and a note, after %d tries",
    async (_, tries, startWorker) => {
      const rig = new Rig(4, { startWorker });
      rig.run(mixing(rig.memory), [{}, {}], 100 * long);
      await until(() => rig.executor.threads === 1, "the failure is known");
      expect(rig.executor.notes).toEqual([
        "one thread: no more workers can be started (Error: no workers here)",
      ]);
      rig.run(mixing(rig.memory), [{}, {}], 100 * long);
      expect(rig.records.length).toBe(tries);
      expectRight(rig, 1);
    },
  );
});
