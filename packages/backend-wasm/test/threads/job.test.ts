import { afterEach, describe, expect, test, vi } from "vitest";
import { waitForWorker } from "../../src/threads/job.js";
import { workerRecord, workerStates } from "../../src/threads/layout.js";

const record = 16;
const patience = 1000;

/** A worker that is working, and for which the clock shows these times, then goes on as `next` does. */
function working(times: readonly number[], next: (words: Int32Array) => number): Int32Array {
  const words = new Int32Array(new SharedArrayBuffer(256));
  words[record + workerRecord.state] = workerStates.working;
  const left = [...times];
  vi.spyOn(performance, "now").mockImplementation(() => left.shift() ?? next(words));
  return words;
}

function leave(words: Int32Array): number {
  words[record + workerRecord.state] = workerStates.awake;
  return 1e9;
}

describe("waiting for a worker", () => {
  afterEach(() => {
    vi.restoreAllMocks();
  });

  test("does not count for how long the machine slept", () => {
    const words = working([0, 50_000], leave);
    expect(waitForWorker(words, record, patience, false)).toBe(true);
  });

  test("counts from the last sign of life", () => {
    let time = 0;
    const words = working([0], (all) => {
      time += 40;
      if (time < 5000 && time % 800 === 0) all[record + workerRecord.beats]!++;
      return time;
    });
    expect(waitForWorker(words, record, patience, false)).toBe(false);
    expect(time).toBeGreaterThan(4800 + patience);
    expect(time).toBeLessThan(4800 + patience + 100);
    expect(words[record + workerRecord.state]).toBe(workerStates.dismissed);
  });
});
