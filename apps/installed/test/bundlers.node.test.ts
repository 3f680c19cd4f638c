import { existsSync } from "node:fs";
import { copyFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { chromiumPath, isolation, launchChromium, serve, visit } from "../../../.ci/pages.ts";
import { bundlers } from "./bundle.js";
import { outputOf } from "./program.js";

const folder = inject("folder");
const project = join(folder, "bundled");

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

describe("an app with the core and the WebAssembly backend", () => {
  let browser: Browser | undefined;

  beforeAll(async () => {
    if (chromiumPath !== undefined) browser = await launchChromium();
  }, 60_000);

  afterAll(() => browser?.close());

  const right = { sums: [expectedSum()], threads: 2, notes: [] };

  describe.each(Object.entries(bundlers))("bundled by %s", (name, bundle) => {
    test("runs in Node, on two threads", { timeout: 60_000 }, async () => {
      const out = join(project, "node", name);
      expect(await bundle(project, out, "node")).toEqual([]);
      await writeFile(join(out, "package.json"), JSON.stringify({ type: "module" }));
      expect(await outputOf([join(out, "main.js")])).toEqual(right);
    });

    // Debian as root installs one for `npm test`; elsewhere a person may have none.
    test.skipIf(chromiumPath === undefined)(
      "runs in Chromium, on two threads (skipped without one)",
      { timeout: 60_000 },
      async () => {
        const out = join(project, "page", name);
        expect(await bundle(project, out, "page")).toEqual([]);
        const start = join(out, "index.html");
        if (!existsSync(start)) await copyFile(join(project, "index.html"), start);
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
