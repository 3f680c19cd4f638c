import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { BackendProvider } from "@blk/core";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { readReport } from "../src/read-report.js";
import { changedBackend } from "./changed-backend.js";
import { runMain } from "./run-main.js";

// Everything takes longer while other packages are tested beside.
vi.setConfig({ testTimeout: 30_000 });

/** Named by the threads that it was given. */
const mine = ({ threads = "" }: { readonly threads?: number | "" }): BackendProvider =>
  changedBackend(`mine${threads}`);

let folder: string;
let argv: string[];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "bench-module-"));
  const [module, file] = [join(folder, "mine.mjs"), join(folder, "report.json")];
  // A module is plain JavaScript and cannot import the workspace's sources.
  Object.assign(globalThis, { mine });
  await writeFile(module, "export const { mine } = globalThis;");
  argv = ["--quick", "--cases", "*f64/8", "--json", file, "--backend-module", module];
});
afterEach(() => rm(folder, { recursive: true }));

test("takes part beside the others under its own name", async () => {
  const { code, out } = await runMain(argv);
  expect(code).toBe(0);
  expect(out).toMatch(/mine all 1 timed results were checked and are right/);
  const { backends, performance } = await readReport(join(folder, "report.json"));
  expect(backends.map(({ name }) => name)).toEqual(["wasm", "js", "webgpu", "mine"]);
  // WebGPU too, where there is a graphics card.
  const ran = backends.filter((entry) => entry.ran).map(({ name }) => name);
  expect(ran).toEqual(expect.arrayContaining(["wasm", "js", "mine"]));
  expect(performance.map(({ backend }) => backend)).toEqual(expect.arrayContaining(ran));
});

test("is given the threads, and runs alone where only it is named", async () => {
  const { code } = await runMain([...argv, "--threads", "3", "--backends", "mine3"]);
  expect(code).toBe(0);
  const { backends } = await readReport(join(folder, "report.json"));
  const reason = "not named by --backends";
  expect(backends).toMatchObject([
    { name: "wasm", ran: false, reason },
    { name: "wasm (3 threads)", ran: false, reason },
    { name: "js", ran: false, reason },
    { name: "webgpu", ran: false, reason },
    { name: "mine3", ran: true },
  ]);
});

test("may be left out", async () => {
  const { code, out } = await runMain([...argv, "--backends", "js"]);
  expect(code).toBe(0);
  expect(out).toMatch(/mine did not run: not named by --backends/);
});
