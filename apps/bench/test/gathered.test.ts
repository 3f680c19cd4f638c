import { expect, test } from "vitest";
import { gathered } from "../src/app/worker/gathered.js";
import type { BenchEvent } from "../src/events.js";

const step = (label: string): BenchEvent => ({ kind: "step", part: "p", label, done: 0, total: 9 });
const note: BenchEvent = { kind: "note", text: "n" };

test("events wait for each other, none is lost, and of steps the last is passed on", () => {
  const passed: (readonly BenchEvent[])[] = [];
  let now = 0;
  const events = gathered(
    (list) => passed.push(list),
    () => now,
  );
  events.emit(step("first"));
  expect(passed).toEqual([[step("first")]]);
  events.emit(step("second"));
  events.emit(note);
  events.emit(step("third"));
  expect(passed).toHaveLength(1);
  now = 100;
  events.emit(note);
  expect(passed[1]).toEqual([note, step("third"), note]);
  // A part may be the last that is heard for long.
  events.emit({ kind: "part", part: "p" });
  expect(passed[2]).toEqual([{ kind: "part", part: "p" }]);
  events.emit(note);
  events.flush();
  events.flush();
  expect(passed.slice(3)).toEqual([[note]]);
});
