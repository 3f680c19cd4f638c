import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { chromiumPath, isolation, launchChromium, serve, visit } from "./browser.js";
import { bundlers } from "./bundle.js";

/**
 * A small app in a project of its own, which has installed the packages as they are built and
 * published. Its numbers are whole, so every order of summation gives the same.
 */
const app = `
import { BlockMatrix, matmul, openBackend } from "@blk/core";
import { wasm } from "@blk/backend-wasm";

async function main() {
  const backend = await openBackend([wasm({ threads: 2 })]);
  const n = 512;
  const rows = Array.from({ length: n }, (_, i) =>
    Array.from({ length: n }, (_, j) => ((i * 31 + j * 17) % 101) - 50),
  );
  const a = BlockMatrix.fromRows(backend, rows);
  const sums = new Set();
  // Calls enough, and time enough, for the second thread to come up, or to be found missing.
  for (let call = 0; call < 30; call++) {
    const product = matmul(a, a);
    const values = await product.toRows();
    product.dispose();
    sums.add(values.flat().reduce((sum, value, place) => sum + value * ((place % 7) + 1), 0));
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  const { threads, notes } = backend.capabilities;
  return { sums: [...sums], threads, notes: notes.filter((note) => note.includes("thread")) };
}

main().then((outcome) => {
  globalThis.outcome = outcome;
  if (typeof document === "undefined") console.log(JSON.stringify(outcome));
});
`;

const page = `<!doctype html>
<meta charset="utf-8">
<link rel="icon" href="data:,">
<script type="module" src="./main.js"></script>
`;

const packages = join(import.meta.dirname, "..", "..", "..");

/** Builds a package, but for its declarations, into a project's node_modules. */
async function install(name: string, project: string): Promise<void> {
  const from = join(packages, name);
  const to = join(project, "node_modules", "@blk", name);
  await mkdir(to, { recursive: true });
  const tsup = join(
    dirname(createRequire(import.meta.url).resolve("tsup/package.json")),
    "dist",
    "cli-default.js",
  );
  const config = join(packages, "..", ".ci", "tsup.config.ts");
  const built = ["--config", config, "--no-dts", "--out-dir", join(to, "dist")];
  await promisify(execFile)(process.execPath, [tsup, ...built], { cwd: from });
  const manifest = JSON.parse(await readFile(join(from, "package.json"), "utf8"));
  const published = { ...manifest, ...manifest.publishConfig };
  await writeFile(join(to, "package.json"), JSON.stringify(published));
}

/** The sum that the app must find. */
function expectedSum(): number {
  const n = 512;
  const a = Array.from({ length: n * n }, (_, p) => {
    return ((Math.floor(p / n) * 31 + (p % n) * 17) % 101) - 50;
  });
  let sum = 0;
  for (let p = 0; p < n * n; p++) {
    let value = 0;
    for (let k = 0; k < n; k++) value += a[p - (p % n) + k]! * a[k * n + (p % n)]!;
    sum += value * ((p % 7) + 1);
  }
  return sum;
}

describe("an app with the built packages", () => {
  let project: string;
  let browser: Browser | undefined;

  beforeAll(async () => {
    project = await mkdtemp(join(tmpdir(), "blk-bundlers-"));
    await Promise.all(["core", "backend-wasm"].map((name) => install(name, project)));
    await writeFile(join(project, "package.json"), JSON.stringify({ type: "module" }));
    await writeFile(join(project, "main.js"), app);
    await writeFile(join(project, "index.html"), page);
    if (chromiumPath !== undefined) browser = await launchChromium();
  }, 120_000);

  afterAll(async () => {
    await browser?.close();
    await rm(project, { recursive: true, force: true });
  });

  const right = { sums: [expectedSum()], threads: 2, notes: [] };

  describe.each(Object.entries(bundlers))("bundled by %s", (name, bundle) => {
    test("runs in Node, on two threads", { timeout: 60_000 }, async () => {
      const out = join(project, "node", name);
      expect(await bundle(project, out, "node")).toEqual([]);
      await writeFile(join(out, "package.json"), JSON.stringify({ type: "module" }));
      const file = join(out, "main.js");
      const { stdout } = await promisify(execFile)(process.execPath, [file], { timeout: 30_000 });
      expect(JSON.parse(stdout)).toEqual(right);
    });

    // Debian as root installs one for `npm test`; elsewhere a person may have none.
    test.skipIf(chromiumPath === undefined)(
      "runs in Chromium, on two threads (skipped without one)",
      { timeout: 60_000 },
      async () => {
        const out = join(project, "page", name);
        expect(await bundle(project, out, "page")).toEqual([]);
        const start = join(out, "index.html");
        if (!existsSync(start)) await writeFile(start, page);
        const { url, close } = await serve(out, isolation);
        try {
          const { outcome, complaints, workers } = await visit(browser!, `${url}index.html`);
          expect(outcome).toEqual(right);
          expect(complaints).toEqual([]);
          expect(workers).toBe(1);
        } finally {
          close();
        }
      },
    );
  });
});
