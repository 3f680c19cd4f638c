import type { BackendProvider } from "@blk/core";
import { describe, expect, it } from "vitest";
import { behaviourCase, type Case } from "../src/case.js";
import { describeConformance } from "../src/index.js";
import { naive } from "./naive-backend.js";

/** A test runner that keeps what it is told and runs it at once. */
async function runWith(provider: BackendProvider, cases: readonly Case[]) {
  const log: string[] = [];
  const before: (() => Promise<void>)[] = [];
  const after: (() => Promise<void>)[] = [];
  const tests: [string, (context: { skip(reason?: string): unknown }) => Promise<void>][] = [];
  describeConformance(
    provider,
    {
      describe: (name, body) => {
        log.push(name);
        body();
      },
      it: (name, body) => tests.push([name, body]),
      beforeAll: (body) => before.push(body),
      afterAll: (body) => after.push(body),
    },
    { cases },
  );
  for (const body of before) await body();
  for (const [name, body] of tests) {
    const context = { skip: (reason?: string) => log.push(`skipped ${name}: ${reason}`) };
    await body(context).then(
      () => log.push(`done ${name}`),
      (error: Error) => log.push(`failed ${error.message}`),
    );
  }
  for (const body of after) await body();
  return log;
}

const right = behaviourCase("memory", ["f32"], "right", ({ check }) => check(true, "never"));
const wrong = behaviourCase("memory", ["f32"], "wrong", ({ check }) => check(1 + 1 === 3, "1 + 1"));
const leaking = behaviourCase("memory", ["f32"], "leaking", ({ backend }) => {
  backend.allocate(8);
});
const unknown = behaviourCase("map", ["f32"], "impossible", () => undefined, ["fused softmax"]);

describe("describeConformance", () => {
  it("groups cases, fails with their reason, and skips what a backend need not do", async () => {
    expect(await runWith(naive(), [right, wrong, leaking, unknown])).toEqual([
      "conformance of naive",
      "memory",
      "map",
      "done memory/f32/right",
      "failed memory/f32/wrong: 1 + 1",
      "failed memory/f32/leaking: 1 buffers (8 bytes) more are alive after the case than before it",
      "skipped map/f32/impossible: naive lacks fused softmax, by its capabilities",
      "done map/f32/impossible",
    ]);
  });

  it("says why a backend cannot run here", async () => {
    const probe = async () => ({ available: false, reason: "no such chip" }) as const;
    await expect(runWith({ ...naive(), probe }, [right])).rejects.toThrow(
      "naive cannot run here: no such chip",
    );
  });

  it("skips the types that a backend lacks", async () => {
    const lacking: BackendProvider = {
      ...naive(),
      create: async () => {
        const backend = await naive().create();
        Object.assign(backend, { capabilities: { ...backend.capabilities, dtypes: ["f64"] } });
        return backend;
      },
    };
    expect(await runWith(lacking, [right])).toContain("skipped memory/f32/right: naive has no f32");
  });
});
