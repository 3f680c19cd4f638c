import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { linearScale, logScale, type Scale } from "../src/charts/scale.js";

const scales: Readonly<Record<string, (values: readonly number[]) => Scale>> = {
  linear: linearScale,
  "log 10": (values) => logScale(values, 10),
  "log 2": (values) => logScale(values, 2),
};

/** Roundings of a few logarithms and divisions. */
const near = 1e-9;

const positive = fc.array(
  fc.double({ min: 1e-12, max: 1e12, noNaN: true, noDefaultInfinity: true }),
  { minLength: 1, maxLength: 20 },
);

describe.each(Object.entries(scales))("%s", (_, scaleOf) => {
  test("holds all values, in their order", () => {
    fc.assert(
      fc.property(positive, (values) => {
        const scale = scaleOf(values);
        const places = [...values].sort((x, y) => x - y).map((value) => scale.at(value));
        expect(Math.min(...places)).toBeGreaterThanOrEqual(-near);
        expect(Math.max(...places)).toBeLessThanOrEqual(1 + near);
        expect(places).toEqual([...places].sort((x, y) => x - y));
      }),
    );
  });

  test("begins at 0 and ends at 1", () => {
    fc.assert(
      fc.property(positive, (values) => {
        const { domain, at } = scaleOf(values);
        expect(at(domain[0])).toBeCloseTo(0, 9);
        expect(at(domain[1])).toBeCloseTo(1, 9);
      }),
    );
  });

  test("marks one to seven places inside, rising", () => {
    fc.assert(
      fc.property(positive, (values) => {
        const { ticks, at } = scaleOf(values);
        expect(ticks.length).toBeGreaterThanOrEqual(1);
        expect(ticks.length).toBeLessThanOrEqual(7);
        const places = ticks.map(at);
        for (const [i, place] of places.entries()) {
          expect(place).toBeGreaterThan(i === 0 ? -near : (places[i - 1] as number));
          expect(place).toBeLessThanOrEqual(1 + near);
        }
      }),
    );
  });

  test("of nothing, or of what no axis can show, is still a scale", () => {
    for (const values of [[], [Number.NaN], [Number.POSITIVE_INFINITY, 4]]) {
      const { domain, ticks } = scaleOf(values);
      expect(domain.every(Number.isFinite)).toBe(true);
      expect(domain[1]).toBeGreaterThan(domain[0]);
      expect(ticks.length).toBeGreaterThanOrEqual(1);
    }
  });
});

test("marks are round", () => {
  expect(linearScale([0.93]).ticks).toEqual([0, 0.2, 0.4, 0.6000000000000001, 0.8, 1]);
  expect(linearScale([-3, 7]).ticks).toEqual([-4, -2, 0, 2, 4, 6, 8]);
  expect(logScale([3, 70]).ticks).toEqual([2, 5, 10, 20, 50, 100]);
  expect(logScale([0.002, 70]).ticks).toEqual([0.001, 0.01, 0.1, 1, 10, 100]);
  expect(logScale([1, 2048], 2).ticks).toEqual([1, 4, 16, 64, 256, 1024]);
});
