import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { benchFolder } from "../src/bench-folder.js";
import { flags } from "../src/options.js";
import { problemOf } from "../src/parse-report.js";
import { readReport } from "../src/read-report.js";
import type { Report } from "../src/report.js";
import { writeReport } from "../src/write-report.js";
import { exampleCase, runMain } from "./run-main.js";

// Everything takes longer while other packages are tested beside.
vi.setConfig({ testTimeout: 30_000 });

let folder: string;
let file: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "bench-main-"));
  file = join(folder, "report.json");
});
afterEach(() => rm(folder, { recursive: true }));

const failing = exampleCase(() => Promise.reject(new Error("off by one")));
const contract = ["--backends", "js", "--quick", "--cases", "conformance/", "--json"];

describe("a run", () => {
  test("prints, writes a complete report and succeeds", async () => {
    const chosen = ["--backends", "js", "--cases", "*f64/8"];
    const argv = [...chosen, "--quick", "--threads", "2", "--json", file];
    const { code, out, err } = await runMain(argv);
    expect(err).toMatch(/Measuring performance of js/);
    expect(err).not.toContain("\u001b[2K");
    expect(code).toBe(0);
    expect(out).toMatch(/A·B, n = 8/);
    expect(out).toMatch(/In plain words/);
    expect(out).toContain(`Report: ${file}`);
    const report = JSON.parse(await readFile(file, "utf8")) as Report;
    expect(problemOf(report)).toBeUndefined();
    expect(report.options).toEqual({ quick: true, peers: false, cases: "*f64/8", threads: 2 });
    expect(report.performance).toMatchObject([{ id: "matmul/f64/8", status: "measured" }]);
    expect(report.roofs.scalarGflops).toBeGreaterThan(0.1);
    expect(report.machine.cores).toBeGreaterThan(0);
    expect(await readdir(folder)).toEqual(["report.json"]);
  });

  test("with a failing case has exit code 1 and names it", async () => {
    const { code, out } = await runMain([...contract, file], {
      conformance: [exampleCase(), failing],
    });
    expect(code).toBe(1);
    expect(out).toMatch(/add\/f32: off by one/);
    expect(out).toMatch(/FAILS 1 of 2 conformance cases/);
  });

  test("whose report cannot be written in the end prints it all the same", async () => {
    const spoiling = exampleCase(async (target) => {
      await rm(join(folder, "new"), { recursive: true });
      await writeFile(join(folder, "new"), "");
      return exampleCase().run(target);
    });
    const argv = [...contract, join(folder, "new", "report.json")];
    const { code, out, err } = await runMain(argv, { conformance: [spoiling] });
    expect(code).toBe(2);
    expect(out).toMatch(/In plain words/);
    expect(err).toMatch(/bench: the report could not be written .*with --json\n$/);
    expect(await readdir(folder)).toEqual(["new"]);
  });

  test("with --peers installs nothing when no chosen case has a counterpart", async () => {
    // Were npm started after all, it would not install either.
    vi.stubEnv("npm_config_dry_run", "true");
    const { code, out } = await runMain([...contract, file, "--peers"]);
    vi.unstubAllEnvs();
    expect(code).toBe(0);
    expect(out).toMatch(/no chosen case is compared with other libraries/);
  });
});

describe("--compare", () => {
  test("finds what broke and exits with 1", async () => {
    const old = join(folder, "old.json");
    await runMain([...contract, old]);
    const argv = [...contract, file, "--compare", old];
    const same = await runMain(argv);
    expect(same.code).toBe(0);
    expect(same.out).toContain(`Compared with ${old}`);
    expect(same.out).toMatch(/1 results are in both; 0 got worse/);
    const { code, out } = await runMain(argv, { conformance: [failing] });
    expect(code).toBe(1);
    expect(out).toMatch(/broken {2}js add\/f32: passed before, failed now: off by one/);
  });

  test("finds what got slower, after a second look, and exits with 1", async () => {
    const argv = ["--backends", "js", "--quick", "--cases", "*f64/64", "--json", file];
    await runMain(argv);
    await speedUp(100);
    // Read before it is replaced: an old report may be overwritten by the new one.
    const { code, out, err } = await runMain([...argv, "--compare", file]);
    expect(code).toBe(1);
    expect(out).toMatch(/slower {2}js matmul\/f64\/64/);
    expect(err).toMatch(/1 case seems slower than before: measuring again/);
    expect((await readReport(file)).notes).toEqual([
      "measured twice, for they seemed slower than before: matmul/f64/64",
    ]);
  });

  test("takes what got faster for no harm", async () => {
    const argv = ["--backends", "js", "--quick", "--cases", "*f64/64", "--json", file];
    await runMain(argv);
    await speedUp(1 / 100);
    const { code, out } = await runMain([...argv, "--compare", file]);
    expect(code).toBe(0);
    expect(out).toMatch(/faster {2}js matmul\/f64\/64/);
  });

  /** Makes the times of the report shorter by a factor. */
  async function speedUp(factor: number): Promise<void> {
    const report = await readReport(file);
    const performance = report.performance.map((entry) => {
      const times = Object.entries(entry.timing ?? {}).map(([name, x]) => [name, x / factor]);
      return { ...entry, timing: Object.fromEntries(times) };
    });
    await writeReport(file, { ...report, performance });
  }
});

describe("--list", () => {
  test("names the cases and measures nothing", async () => {
    const { code, out, err } = await runMain(["--list"]);
    expect(code).toBe(0);
    expect(err).toBe("");
    const ids = out.trim().split("\n");
    expect(ids).toContain("conformance/add/f32");
    expect(ids).toContain("matmul/f32/2048");
    expect(ids).toContain("partition/f64/512/block-8");
    expect(ids).toContain("workload/fashion-mnist");
    expect(new Set(ids).size).toBe(ids.length);
  });

  test("shows what the other flags choose", async () => {
    const { out } = await runMain(["--list", "--quick", "--cases", "*/f64/256*"]);
    expect(out.trim().split("\n")).toEqual([
      "matmul/f64/256",
      ...[8, 16, 32, 64, 128, 256].map((size) => `partition/f64/256/block-${size}`),
    ]);
  });
});

test("--tiles prints the model of WebGPU's tiles and measures nothing", async () => {
  const { code, out, err } = await runMain(["--tiles"]);
  expect({ code, err }).toEqual({ code: 0, err: "" });
  expect(out).toContain("nothing was measured");
  expect(out).toMatch(/NVIDIA GeForce RTX 3060\n(.*\n)+.*gemm_f32_128x128_8x8_k16 +f32 +89 % /);
  expect(out).toMatch(/Apple M1, 8 cores\n(.*\n)+.*gemm_f32_64x64_8x8_k16_h16 +f16 +\d+ % /);
});

test("--help names every flag", async () => {
  const { code, out } = await runMain(["--help"]);
  expect(code).toBe(0);
  for (const flag of Object.keys(flags)) expect(out).toContain(`--${flag}`);
  expect(out).not.toContain("undefined");
});

test("without --json, the report is a new file among the app's own", async () => {
  const reports = join(benchFolder(), "reports");
  const { out } = await runMain(contract.slice(0, -1));
  const written = out.match(/^Report: (.+)$/m)?.[1] ?? "";
  expect(written.startsWith(join(reports, "bench-"))).toBe(true);
  expect(problemOf(JSON.parse(await readFile(written, "utf8")))).toBeUndefined();
  await rm(written);
});
