import { once } from "node:events";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { buildBench } from "./build-bench.js";
import { chromiumHere, fakePage, notingPid } from "./chromium.js";
import { type Started, start } from "./start.js";

// What becomes of Chromium when the program ends in the midst, and of the program when Chromium does.

// A browser starts slowly while other packages are tested beside.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const { path: chromium, skipped } = chromiumHere();

describe.skipIf(skipped)(`a page that never answers${skipped}`, () => {
  let built: string;
  beforeAll(async () => {
    built = await buildBench("src/browser/with-page.ts");
    await fakePage(
      built,
      `emit({ kind: "part", part: "silence" });
       await new Promise(() => {});`,
    );
  });
  afterAll(() => rm(built, { recursive: true }));

  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "bench-process-"));
  });
  afterEach(() => rm(folder, { recursive: true }));

  test.each(["SIGINT", "SIGTERM"] as const)(
    "ends with %s, and so does Chromium",
    async (signal) => {
      const { child, ended, err, pid } = await silentRun();
      expect(isRunning(pid)).toBe(true);
      child.kill(signal);
      // As from a terminal, where npm passes it on once more.
      child.kill(signal);
      expect(await ended).toEqual({ code: null, signal });
      expect(err()).not.toMatch(/bench:|Error/);
      await expectNothingLeft(pid);
    },
  );

  test("because Chromium was ended is told in one sentence", async () => {
    const { ended, err, pid } = await silentRun();
    process.kill(pid, "SIGKILL");
    expect(await ended).toEqual({ code: 2, signal: null });
    expect(err()).toMatch(/\nbench: the page in Chromium \d+ ended at silence; choose [^\n]*\n$/);
    await expectNothingLeft(pid);
  });

  test("is gone when the program gives up and exits", async () => {
    const module = pathToFileURL(join(built, "browser", "with-page.js"));
    const path = await notingPid(folder, chromium);
    const script = `
      import { withPage } from ${JSON.stringify(module.href)};
      const resources = new Map([["/", { type: "text/html", bytes: new Uint8Array() }]]);
      await withPage({ path: ${JSON.stringify(path)}, resources }, () => {
        console.error("Measuring silence");
        setTimeout(() => process.exit(2), 100);
        return new Promise(() => {});
      });`;
    const { ended, pid } = await told(["--input-type=module", "--eval", script], {});
    expect(await ended).toEqual({ code: 2, signal: null });
    await expectNothingLeft(pid);
  });

  type Told = Started & { readonly pid: number };

  async function silentRun(): Promise<Told> {
    const CHROMIUM_PATH = await notingPid(folder, chromium);
    const argv = ["--browser", "--quick", "--cases", "*f64/8", "--json", "report.json"];
    return told([join(built, "cli.js"), ...argv], { CHROMIUM_PATH });
  }

  /** A program that has come so far, and the Chromium that it has started. */
  async function told(args: readonly string[], env: NodeJS.ProcessEnv): Promise<Told> {
    const started = start(args, { cwd: folder, env: { ...env, TMPDIR: folder } });
    const { child, err } = started;
    while (!err().includes("Measuring silence")) {
      await Promise.race([once(child.stderr!, "data"), once(child, "close")]);
      if (child.exitCode !== null) throw new Error(`it ended: ${err()}`);
    }
    const pid = Number(await readFile(join(folder, "chromium.pid"), "utf8"));
    return { ...started, pid };
  }

  async function expectNothingLeft(pid: number): Promise<void> {
    await expect.poll(() => isRunning(pid), { timeout: 5000 }).toBe(false);
    const left = (await readdir(folder)).filter((name) => /playwright|json/.test(name));
    expect(left).toEqual([]);
  }
});

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
