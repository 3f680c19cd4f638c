import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { withPage } from "../src/browser/with-page.js";
import { contractCases } from "../src/conformance-cases.js";
import { readReport } from "../src/read-report.js";
import { buildBench } from "./build-bench.js";
import { chromiumHere, fakePage } from "./chromium.js";
import { refusal, runMain } from "./run-main.js";

// The backends of a page, in a real Chromium.

// A browser starts slowly while other packages are tested beside.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 60_000 });

const { path, skipped } = chromiumHere();

let built: string;
let folder: string;
beforeAll(async () => {
  if (!skipped) built = await buildBench();
});
afterAll(async () => {
  if (!skipped) await rm(built, { recursive: true });
});
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "bench-browser-"));
});
afterEach(() => rm(folder, { recursive: true }));

const file = (): string => join(folder, "report.json");
const quick = (...argv: string[]): string[] => ["--browser", "--quick", ...argv, "--json", file()];

describe.skipIf(skipped)(`a run in Chromium${skipped}`, () => {
  test("measures the page's backends beside Node's, and goes into the same report", async () => {
    const argv = quick("--cases", "*f32/8", "--backends", "js,wasm", "--threads", "2");
    const { code, out, err } = await runMain(argv, { pageFolder: join(built, "page") });
    expect(code).toBe(0);
    const { backends, performance, machine, pageRoofs, notes } = await readReport(file());
    const place = machine.browser?.match(/^(Chromium \d+)\.[\d.]+$/)?.[1] ?? "";
    const inPage = [`wasm (${place})`, `wasm (2 threads, ${place})`, `js (${place})`];
    const ran = backends.filter((entry) => entry.ran).map(({ name }) => name);
    expect(ran).toEqual(["wasm", "wasm (2 threads)", "js", ...inPage]);
    expect(performance.map(({ backend, status }) => [backend, status])).toEqual(
      ran.map((name) => [name, "measured"]),
    );
    expect(backends.find(({ name }) => name === inPage[1])).toMatchObject({ threads: 2 });
    expect(backends.find(({ name }) => name === `webgpu (${place})`)).toMatchObject({ ran: false });
    // Its shares are those of the page's roofs.
    const { value = 0, shareOfRoof = 1 } = performance.at(-1)?.rate ?? {};
    expect(value / shareOfRoof).toBeCloseTo(pageRoofs?.scalarGflops ?? 0, 6);
    expect(notes.find((note) => note.startsWith(`In ${place}, `))).toMatch(/adapter of WebGPU/);
    expect(out).toContain(`wasm (${place}) all 1 timed results were checked and are right`);
    expect(err).toContain(`Measuring performance of wasm in ${place} …`);
  });

  test("runs the contract on WebGPU there, and only what is named", async () => {
    const argv = quick("--cases", "conformance/lifecycle");
    const conformance = contractCases();
    const pageFolder = join(built, "page");
    const { out } = await runMain([...argv, "--backends", "webgpu"], { conformance, pageFolder });
    const report = await readReport(file());
    const [name = ""] = report.backends.flatMap((b) => (/^webgpu \(C/.test(b.name) ? b.name : []));
    const own = report.conformance.filter(({ backend }) => backend === name);
    expect(own.length).toBeGreaterThan(3);
    expect(own.filter(({ status }) => status !== "passed")).toEqual([]);
    expect(out).toContain(`${name} does everything right that was tried`);
    expect(report.conformance.filter(({ backend }) => !backend.startsWith("webgpu"))).toEqual([]);
    // The name of the report names it too, and then only it.
    await runMain([...argv, "--backends", name], { conformance, pageFolder });
    const again = await readReport(file());
    expect(again.backends.filter(({ ran }) => ran).map((entry) => entry.name)).toEqual([name]);
  });

  test("trains on data that the page gets from the bench", async () => {
    const data = {
      ...{ train: images(256), test: images(64) },
      ...{ source: "a few made-up images", classNames: ["shirt"] },
    };
    const argv = quick("--cases", "workload/fashion-mnist", "--backends", "wasm");
    const loadData = async () => data;
    await runMain(argv, { loadData, pageFolder: join(built, "page") });
    const { workload } = await readReport(file());
    expect(workload).toHaveLength(2);
    expect(workload[1]?.backend).toMatch(/^wasm \(Chromium/);
    expect(workload[1]).toMatchObject({ data: data.source, status: "measured" });
  });

  test("refuses an unknown name with those of the page", async () => {
    const said = await refusal(quick("--backends", "wasm (Chromium 1)"));
    expect(said).toMatch(/^there is no backend "wasm \(Chromium 1\)"; .*wasm \(Chromium \d+\)/);
  });
});

/** All of class 0. */
const images = (count: number) => ({
  images: Uint8Array.from({ length: count * 784 }, (_, i) => i % 256),
  labels: new Uint8Array(count),
  count,
});

describe.skipIf(skipped)(`a page that does not come to its end${skipped}`, () => {
  const page = (body: string): Promise<string> => fakePage(folder, body);
  const argv = (): string[] => quick("--cases", "*f64/8");

  test("and says why is refused with its words", async () => {
    const pageFolder = await page(
      `return { kind: "refused", message: request.place + " is tired" }`,
    );
    expect(await refusalLater(argv(), pageFolder)).toMatch(/^Chromium \d+ is tired$/);
  });

  test("and throws is named with its step", async () => {
    const pageFolder = await page(`
      emit({ kind: "step", part: "performance of x", label: "a/b", done: 0, total: 1 });
      throw new Error("off by one");`);
    expect(await refusalLater(argv(), pageFolder)).toMatch(
      /^the page in Chromium \d+ failed \(.*off by one\) at performance of x, a\/b; choose other/,
    );
  });

  test("and was not built is told before Chromium starts again", async () => {
    expect(await refusalLater(argv(), join(folder, "none"))).toMatch(/build the bench again/);
  });

  test("because Chromium itself fails is told", async () => {
    const work = withPage({ path, resources: new Map() }, async (page) =>
      page.goto("chrome://crash"),
    );
    await expect(work).rejects.toThrow(
      /^Chromium failed \(.*crash.*\); name another with CHROMIUM_PATH, or run without --browser$/,
    );
  });

  /** As `refusal`; progress was told before. */
  async function refusalLater(args: readonly string[], pageFolder: string): Promise<string> {
    const { code, err } = await runMain(args, { pageFolder });
    expect(code).toBe(2);
    expect(await readdir(folder)).not.toContain("report.json");
    return err.match(/^bench: (.*)$/m)?.[1] ?? err;
  }
});
