import { expect, test } from "vitest";
import { Budget, SharedTime } from "../src/events.js";

const pause = (seconds: number) => new Promise((resolve) => setTimeout(resolve, seconds * 1000));

test("who needs less leaves more to those who come later", async () => {
  const time = new SharedTime(0.9, 3);
  const shares: number[] = [];
  const spend = (used: number): Promise<unknown> =>
    time.spend((seconds) => {
      shares.push(seconds);
      return pause(used);
    });
  await spend(0.02);
  await spend(0.5);
  await spend(0);
  const [first, second, third] = shares as [number, number, number];
  expect(first).toBeCloseTo(0.3, 9);
  // Pauses may be longer than they should, and then less is left.
  expect(second).toBeLessThanOrEqual((0.9 - 0.02 + 0.002) / 2);
  expect(second).toBeGreaterThan(first);
  expect(third).toBeLessThan(0.9 - 0.5);
  expect(await time.spend(async (seconds) => seconds)).toBeGreaterThanOrEqual(0);
});

test("what fails has used its time too", async () => {
  const time = new SharedTime(0.2, 2);
  await expect(
    time.spend(() => pause(0.25).then(() => Promise.reject(new Error("lost")))),
  ).rejects.toThrow("lost");
  expect(await time.spend(async (seconds) => seconds)).toBe(0);
});

test("a budget ends at nothing", async () => {
  const budget = new Budget(0.02);
  expect(budget.left).toBeGreaterThan(0);
  await pause(0.03);
  expect(budget.left).toBe(0);
});
