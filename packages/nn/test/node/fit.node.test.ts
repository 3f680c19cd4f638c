import { type ChildProcess, spawn } from "node:child_process";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { js } from "@blk/backend-js";
import { openBackend } from "@blk/core";
import { build } from "esbuild";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { adam, Random, softmaxCrossEntropy } from "../../src/index.js";
import { fit } from "../../src/node/index.js";
import { corners, smallModel } from "../fit/small-model.js";

let folder: string;
let program: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "blk-fit-"));
  program = join(folder, "program.mjs");
  await build({
    entryPoints: [fileURLToPath(new URL("./training-program.ts", import.meta.url))],
    ...{ bundle: true, platform: "node", format: "esm", target: "es2022", logLevel: "error" },
    conditions: ["@blk/source"],
    outfile: program,
  });
}, 60_000);
afterAll(() => rm(folder, { recursive: true, force: true }));

interface Ended {
  readonly milliseconds: number;
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the program to its end, or as long as `meanwhile` lets it. */
function run(
  args: readonly string[],
  meanwhile: (child: ChildProcess) => void = () => undefined,
): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const start = performance.now();
    const child = spawn(process.execPath, [program, ...args]);
    const output = { stdout: "", stderr: "" };
    for (const name of ["stdout", "stderr"] as const) {
      child[name].on("data", (data: Buffer) => {
        output[name] += data.toString();
      });
    }
    child.on("error", reject);
    child.on("close", (code) =>
      resolve({ code, ...output, milliseconds: performance.now() - start }),
    );
    meanwhile(child);
  });
}

function lastLine({ stdout }: Ended): { stopped: boolean; bits: string; losses: unknown } {
  return JSON.parse(stdout.trim().split("\n").at(-1) ?? "");
}

describe("a training run in a process of its own", () => {
  const epochs = "12";

  test("killed at any moment, again and again, ends with the bits of one that was not", {
    timeout: 120_000,
  }, async () => {
    const whole = await run(["", epochs]);
    expect(whole.code).toBe(0);
    const expected = lastLine(whole);
    const path = join(folder, "killed.safetensors");
    const random = new Random(11);
    let kills = 0;
    let ended: Ended;
    do {
      const [share = 0] = random.uniform(1);
      // The first three cannot come to the end; then longer from time to time, until one does.
      const delay = share * 0.3 * whole.milliseconds * 1.3 ** Math.max(0, kills - 2);
      ended = await run([path, epochs], (child) => {
        setTimeout(() => child.kill("SIGKILL"), delay).unref();
      });
      expect(ended.stderr.replaceAll(/^epoch .*$/gm, "").trim()).toBe("");
      if (ended.code !== 0) kills += 1;
    } while (ended.code !== 0);
    expect(lastLine(ended)).toEqual(expected);
    expect(kills).toBeGreaterThan(2);
    // What the killed ones left half-written is gone.
    expect((await readdir(folder)).filter((name) => name.includes("partial"))).toEqual([]);
  });

  test("stopped by Ctrl-C, saves and says how to go on", { timeout: 60_000 }, async () => {
    const path = join(folder, "stopped.safetensors");
    const ended = await run([path, "100000"], (child) => {
      child.stdout?.once("data", () => child.kill("SIGINT"));
    });
    expect(ended.code).toBe(0);
    expect(lastLine(ended).stopped).toBe(true);
    expect(ended.stderr).toMatch(/Stopping after this step\./);
    expect(ended.stderr).toMatch(
      /Stopped after \d+ steps, saved to .*stopped\.safetensors\. To go on/,
    );
  });
});

test("the handler of Ctrl-C is there only while fit runs", async () => {
  await using backend = await openBackend([js()]);
  const model = smallModel(backend);
  const before = process.listenerCount("SIGINT");
  let during = 0;
  let written = "";
  const options = {
    ...{ epochs: 2, batchSize: 8, random: new Random(1), loss: softmaxCrossEntropy },
    optimiser: adam(model.parameters, { rate: 0.01 }),
    progress: { write: (text: string) => (written += text) },
    onProgress: () => {
      during = process.listenerCount("SIGINT");
    },
  };
  await fit(model, corners(backend, 20), options);
  expect(during).toBe(before + 1);
  expect(process.listenerCount("SIGINT")).toBe(before);
  expect(written.split("\n")).toHaveLength(3);
  await expect(fit(model, corners(backend, 20), { ...options, epochs: -1 })).rejects.toThrow();
  expect(process.listenerCount("SIGINT")).toBe(before);
});
