import { expect, test } from "vitest";
import { percent, short, time, times } from "../src/charts/format.js";

test("figures as a person would write them", () => {
  expect([0, 0.000123456, 9.999, 1234.5, 23456, 1e20].map(short)).toEqual([
    "0",
    "0.000123",
    "10",
    "1230",
    "23,500",
    "100000000000000000000",
  ]);
  expect([0.5, 99.999, 3021].map(times)).toEqual(["0.50×", "100.00×", "3020×"]);
  expect(percent(0.1234)).toBe("12.3\u00a0%");
  expect([time(0.0012), time(undefined)]).toEqual(["1.20 ms", ""]);
});

test("what is no number is a dash, as JSON gives it back too", () => {
  for (const none of [Number.NaN, Number.POSITIVE_INFINITY, null as unknown as number]) {
    expect([short(none), percent(none), time(none)]).toEqual(["–", "–", "–"]);
  }
});
