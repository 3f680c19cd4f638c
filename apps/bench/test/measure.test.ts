import { expect, test } from "vitest";
import { measure, measureInterleaved, quantile, spread, summarize } from "../src/measure.js";

test("quantiles are interpolated", () => {
  expect(quantile([1, 2, 3, 4], 0.5)).toBe(2.5);
  expect(quantile([1, 2, 3, 4, 5], 0.25)).toBe(2);
  expect(quantile([7], 0.75)).toBe(7);
  expect(quantile([], 0.5)).toBeNaN();
});

test("a summary does not depend on the order and resists an outlier", () => {
  const summary = summarize([5, 1, 3, 2, 1000]);
  expect(summary).toEqual({ median: 3, lower: 2, upper: 5, fastest: 1, samples: 5 });
  expect(spread({ ...summary, callsPerSample: 1 })).toBe(0.5);
});

/** A clock that only the work moves. */
function workClock(): { readonly now: () => number; readonly work: (seconds: number) => void } {
  let time = 0;
  return {
    now: () => time,
    work: (seconds) => {
      time += seconds;
    },
  };
}

test("completion counts as part of the time", async () => {
  const { now, work } = workClock();
  const subject = { run: () => undefined, finish: async () => work(0.02) };
  const timing = await measure(subject, { seconds: 1, now });
  expect(timing.median).toBeCloseTo(0.02);
  expect(timing.callsPerSample).toBe(1);
  expect(timing.samples).toBeGreaterThan(30);
});

test("short calls share a sample, long ones take few samples", async () => {
  const { now, work } = workClock();
  const finish = async (): Promise<void> => undefined;
  const short = await measure({ run: () => work(1e-5), finish }, { seconds: 0.2, now });
  expect(short.median).toBeCloseTo(1e-5, 10);
  expect(short.callsPerSample).toBeGreaterThanOrEqual(100);
  const long = await measure({ run: () => work(9), finish }, { seconds: 1, now });
  expect(long.samples).toBe(3);
});

test("several subjects take turns", async () => {
  const { now, work } = workClock();
  const order: string[] = [];
  const subject = (name: string) => ({
    run: async () => {
      order.push(name);
      work(0.3);
    },
    finish: async () => undefined,
  });
  const timings = await measureInterleaved([subject("a"), subject("b")], {
    seconds: 0.1,
    now,
  });
  expect(timings).toHaveLength(2);
  expect(order.slice(2)).toEqual(["a", "b", "a", "b", "a", "b"]);
});

test("the time before the samples can be stated", async () => {
  const callsOf = async (warmUp?: number): Promise<number> => {
    const { now, work } = workClock();
    let calls = 0;
    const run = (): void => {
      calls++;
      work(0.1);
    };
    const how = { seconds: 1, now, maxSamples: 1, ...(warmUp !== undefined && { warmUp }) };
    await measure({ run, finish: async () => undefined }, how);
    return calls;
  };
  expect(await callsOf()).toBe(3 + 1);
  expect(await callsOf(2)).toBe(20 + 1);
});

test("what a subject throws is not swallowed", async () => {
  const finish = async (): Promise<void> => Promise.reject(new Error("lost"));
  await expect(measure({ run: () => undefined, finish }, { seconds: 0.1 })).rejects.toThrow("lost");
});
