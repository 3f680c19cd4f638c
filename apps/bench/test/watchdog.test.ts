import { expect, test } from "vitest";
import type { BenchEvent } from "../src/events.js";
import { watched } from "../src/watchdog.js";

const step: BenchEvent = { kind: "step", part: "performance of x", label: "a", done: 0, total: 1 };
const pause = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, milliseconds));

test("work that goes on telling of its steps may take its time", async () => {
  const told: BenchEvent[] = [];
  const work = async (emit: (event: BenchEvent) => void): Promise<number> => {
    for (let i = 0; i < 6; i++) {
      emit(step);
      await pause(50);
    }
    return 7;
  };
  expect(await watched((event) => told.push(event), work, 0.2)).toBe(7);
  expect(told).toEqual(Array(6).fill(step));
});

test("work that never answers is given up, with the step that it was at", async () => {
  const work = async (emit: (event: BenchEvent) => void): Promise<void> => {
    emit(step);
    await pause(3000);
  };
  await expect(watched(() => undefined, work, 0.1)).rejects.toThrow(
    "performance of x, a, did not answer for 0.1 s; leave that backend out with --backends",
  );
});
