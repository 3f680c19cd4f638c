import { once } from "node:events";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { readReport } from "../src/read-report.js";
import { buildBench } from "./build-bench.js";
import { type Started, start } from "./start.js";

// The program as a process of its own: its exit codes, signals and pipes.

// Everything takes longer while other packages are tested beside.
vi.setConfig({ testTimeout: 30_000 });

let built: string;
beforeAll(async () => {
  built = await buildBench("src/uninterrupted.ts");
});
afterAll(() => rm(built, { recursive: true }));

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "bench-cli-"));
});
afterEach(() => rm(folder, { recursive: true }));

const cli = (...argv: string[]): Started =>
  start([join(built, "cli.js"), ...argv], { cwd: folder });

const small = ["--quick", "--backends", "js", "--cases", "*f64/8", "--json", "report.json"];

test("an unknown flag is exit code 2 and one sentence", async () => {
  const { ended, err } = cli("--fast");
  expect(await ended).toEqual({ code: 2, signal: null });
  expect(err()).toBe("bench: there is no option --fast. See --help for those there are\n");
});

test("help has no colours where they cannot be seen", async () => {
  const { ended, out } = cli("--help");
  expect(await ended).toEqual({ code: 0, signal: null });
  expect(out()).toContain("--backend-module");
  expect(out()).not.toContain("\u001b");
});

test("a reader that leaves early is no error", async () => {
  const { child, ended, err } = cli(...small);
  child.stdout?.destroy();
  expect(await ended).toEqual({ code: 0, signal: null });
  expect(err()).not.toMatch(/EPIPE|Error/);
  expect((await readReport(join(folder, "report.json"))).performance).toHaveLength(1);
});

test("a backend that never answers is told, and what it holds open does not keep the bench", async () => {
  const provider = `{ name: "mine", specVersion: 1, create: async () => {}, probe: () => `;
  await writeFile(
    join(folder, "silent.mjs"),
    `export const mine = ${provider} new Promise(() => {}) };`,
  );
  const all = small.filter((text) => text !== "--backends" && text !== "js");
  const silent = cli(...all, "--backend-module", "./silent.mjs");
  expect(await silent.ended).toEqual({ code: 1, signal: null });
  expect(silent.err()).toMatch(/^bench: a backend never answered .*--backends\n$/);
  await writeFile(
    join(folder, "busy.mjs"),
    `setInterval(() => {}, 1000); export const mine = ${provider} { throw "no device"; } };`,
  );
  const busy = cli(...all, "--backend-module", "./busy.mjs");
  expect(await busy.ended).toEqual({ code: 2, signal: null });
  expect(busy.err()).toMatch(/^bench: cannot run here: mine/);
});

describe.skipIf(process.platform === "win32")("Ctrl-C", () => {
  test("ends a run at once, in the midst of a kernel too, and leaves no report", async () => {
    const { child, ended, err } = cli("--cases", "matmul/f64/2048", "--json", "report.json");
    while (!err().includes("Measuring performance")) await once(child.stderr!, "data");
    await new Promise((resolve) => setTimeout(resolve, 1000));
    const pressed = performance.now();
    child.kill("SIGINT");
    // Which a shell shows as 130.
    expect(await ended).toEqual({ code: null, signal: "SIGINT" });
    expect(performance.now() - pressed).toBeLessThan(1000);
    expect(await readdir(folder)).toEqual([]);
  });

  test("while a file is written waits until it is complete", async () => {
    const module = pathToFileURL(join(built, "uninterrupted.js"));
    const script = `
      import { writeFileSync } from "node:fs";
      import { uninterrupted } from ${JSON.stringify(module.href)};
      await uninterrupted(async () => {
        process.kill(process.pid, "SIGINT");
        await new Promise((resolve) => setTimeout(resolve, 200));
        writeFileSync("report.json", "all of it");
      });
      await new Promise((resolve) => setTimeout(resolve, 10_000));`;
    const { ended } = start(["--input-type=module", "--eval", script], { cwd: folder });
    expect(await ended).toEqual({ code: null, signal: "SIGINT" });
    expect(await readFile(join(folder, "report.json"), "utf8")).toBe("all of it");
  });
});
