import { expect, test } from "vitest";
import { passClock } from "../src/pass-clock.js";

/** A device without a GPU behind it, whose clock shows what a test says. */
const device = (...features: string[]): GPUDevice =>
  ({
    features: new Set(features),
    createQuerySet: () => ({ destroy: () => undefined }),
    createBuffer: () => ({ size: 16, destroy: () => undefined }),
  }) as unknown as GPUDevice;

const reading = (begin: bigint, end: bigint) => async () => new BigInt64Array([begin, end]).buffer;

test("a pass takes from begin to end, in milliseconds", async () => {
  const clock = passClock(device("timestamp-query"));
  clock?.nextPass();
  expect(await clock?.milliseconds(reading(1_000_000n, 3_500_000n))).toBe(2.5);
});

test("a clock that stands or runs backwards gives no answer, nor do several passes", async () => {
  const clock = passClock(device("timestamp-query"));
  clock?.nextPass();
  expect(await clock?.milliseconds(reading(7n, 7n))).toBeUndefined();
  expect(await clock?.milliseconds(reading(9n, 7n))).toBeUndefined();
  clock?.nextPass();
  expect(await clock?.milliseconds(reading(1n, 7n))).toBeUndefined();
});

test("a device without timestamps has no clock", () => {
  expect(passClock(device("subgroups"))).toBeUndefined();
});
