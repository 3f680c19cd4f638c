import { expect, test } from "vitest";
import { type Entrant, type Runner, timeInTurns } from "../src/turns.js";

/** Somebody who notes what is done, with parts replaced. */
function entrant(
  name: string,
  log: string[],
  parts: Partial<Runner> = {},
): Entrant<{ name: string }> {
  return {
    about: { name },
    prepare: async () => ({
      subject: { run: () => void log.push(name), finish: async () => undefined },
      check: async () => undefined,
      dispose: () => void log.push(`${name} disposed`),
      ...parts,
    }),
  };
}

const silent = (error: string) => ({
  run: () => {
    throw new Error(error);
  },
  finish: async () => undefined,
});

test("those that can are timed in turns, the others are named, and all are freed", async () => {
  const log: string[] = [];
  const slow = { run: () => new Promise<void>((done) => setTimeout(done, 3)) };
  const finish = async (): Promise<void> => undefined;
  const outcomes = await timeInTurns(
    [
      entrant("failing", log, { subject: silent("device lost") }),
      entrant("right", log, { subject: { ...slow, finish } }),
      { about: { name: "absent" }, prepare: async () => undefined },
      entrant("wrong", log, { subject: { ...slow, finish }, check: async () => "off by one" }),
      { about: { name: "broken" }, prepare: () => Promise.reject(new Error("no memory")) },
    ],
    { seconds: 0.05 },
  );
  expect(outcomes).toMatchObject([
    { name: "right", status: "measured", timing: { callsPerSample: 1 } },
    { name: "wrong", status: "wrong", message: "off by one" },
    { name: "failing", status: "failed", message: "device lost" },
    { name: "broken", status: "failed", message: "no memory" },
  ]);
  expect(outcomes[1]).not.toHaveProperty("timing");
  expect(log.sort()).toEqual(["failing disposed", "right disposed", "wrong disposed"]);
});

test("in turns means one after the other, again and again", async () => {
  const log: string[] = [];
  const turn = (name: string) => ({
    run: async () => {
      log.push(name);
      await new Promise((done) => setTimeout(done, 3));
    },
    finish: async () => undefined,
  });
  await timeInTurns(
    ["a", "b"].map((name) => entrant(name, [], { subject: turn(name) })),
    { seconds: 0.02 },
  );
  expect(log.slice(-6).join("")).toMatch(/^(ab){3}$|^(ba){3}$/);
});

test("what fails in the midst of the turns ends them, and all are freed", async () => {
  const log: string[] = [];
  let calls = 0;
  const failing = entrant("failing", log, {
    subject: {
      run: () => {
        if (++calls > 2) throw new Error("device lost");
      },
      finish: async () => undefined,
    },
  });
  const timing = timeInTurns([entrant("right", log), failing], { seconds: 0.05 });
  await expect(timing).rejects.toThrow("device lost");
  expect(log.filter((text) => text.endsWith("disposed"))).toEqual([
    "right disposed",
    "failing disposed",
  ]);
});
