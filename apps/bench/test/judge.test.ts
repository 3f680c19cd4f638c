import { decode } from "fast-png";
import { expect, test } from "vitest";
import { crossEntropy, isDue, type LossPoint, mistakesOf } from "../src/workloads/judge.js";

test("cross-entropy is that of the definition, and of large scores too", () => {
  // −ln(e³ / (e¹ + e² + e³)) and −ln(1/3)
  const expected = (Math.log(Math.exp(1) + Math.exp(2) + Math.exp(3)) - 3 + Math.log(3)) / 2;
  expect(crossEntropy([1, 2, 3, 5, 5, 5], [2, 0])).toBeCloseTo(expected, 14);
  expect(crossEntropy([1e4, 0], [1])).toBe(1e4);
  expect(crossEntropy([1e4, 0], [0])).toBe(0);
});

test("a curve has about as many points, whatever the steps are", () => {
  for (const [batch, total] of [
    [128, 80_000],
    [1, 100],
    [500, 1000],
  ] as const) {
    const losses: LossPoint[] = [];
    for (let images = 0; images < total; images += batch) {
      if (isDue(losses, images, total)) losses.push({ images, loss: 1 });
    }
    expect(losses[0]?.images).toBe(0);
    expect(losses.length).toBeLessThanOrEqual(49);
    expect(losses.length).toBeGreaterThanOrEqual(Math.min(25, total / batch));
  }
});

test("mistakes are pictures of what was named wrongly, with both names", () => {
  const images = Uint8Array.from({ length: 3 * 784 }, (_, i) => i % 251);
  const all = { images, labels: Uint8Array.from([0, 1, 0]), count: 3 };
  const [first, ...others] = mistakesOf(all, [0, 0, 1], ["shoe", "bag"]);
  expect(first).toMatchObject({ label: "bag", guess: "shoe" });
  expect(others).toMatchObject([{ label: "shoe", guess: "bag" }]);
  const { data } = decode(Buffer.from(first?.png ?? "", "base64"));
  expect([...data]).toEqual([...images.subarray(784, 2 * 784)]);
  const many = { ...all, images: new Uint8Array(50 * 784), labels: new Uint8Array(50), count: 50 };
  expect(mistakesOf(many, new Array(50).fill(1), ["shoe", "bag"])).toHaveLength(12);
});
