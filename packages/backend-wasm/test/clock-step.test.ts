import { afterEach, describe, expect, test, vi } from "vitest";
import { clockStep } from "../src/clock-step.js";

/** Milliseconds of a look at the clock. */
const look = 2 ** -14;

/** A clock that moves in steps, with the milliseconds that passed before each look; counts looks. */
function mockClock(step: number, passed: (looks: number) => number): { looks: number } {
  const seen = { looks: 0 };
  let now = 0;
  vi.spyOn(performance, "now").mockImplementation(() => {
    now += passed(seen.looks++);
    return Math.floor(now / step) * step;
  });
  return seen;
}

afterEach(() => {
  vi.restoreAllMocks();
});

describe("the step of the clock", () => {
  test.each([look, 0.005, 0.1, 0.2])("is found where it is %d ms", (step) => {
    mockClock(step, () => look);
    expect(clockStep()).toBeCloseTo(step, 9);
  });

  // In the first step, the second, and the third.
  test.each([5, 2000, 4000])("is that of the clock, though the engine is away once", (away) => {
    mockClock(0.1, (looks) => (looks === away ? 3.7 : look));
    expect(clockStep()).toBeCloseTo(0.1, 9);
  });

  test("is infinite where the clock stands still, which is soon told", () => {
    const seen = mockClock(1e9, () => look);
    expect(clockStep()).toBe(Number.POSITIVE_INFINITY);
    expect(seen.looks).toBeLessThan(30_000);
  });

  test("is small here", () => {
    // In Node and in pages that are cross-origin isolated, as those of tests are.
    expect(clockStep()).toBeGreaterThan(0);
    expect(clockStep()).toBeLessThan(0.02);
  });
});
