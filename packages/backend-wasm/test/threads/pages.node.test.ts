import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "esbuild";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { chromiumPath, isolation, launchChromium, serve, visit } from "../../../../.ci/pages.ts";
import type { Outcome } from "./program.js";

const page = `
import { shareCalls } from "./program.ts";
globalThis.outcome = await shareCalls();
`;
const pageWithWorker = `
const worker = new Worker("worker.js", { type: "module" });
worker.onmessage = ({ data }) => { globalThis.outcome = data; };
`;
const worker = `
import { shareCalls } from "./program.ts";
postMessage(await shareCalls());
`;

// Debian as root installs one for `npm test`; elsewhere a person may have none.
describe.skipIf(chromiumPath === undefined)("in Chromium (skipped without one)", () => {
  let folder: string;
  let browser: Browser;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "blk-pages-"));
    for (const [name, contents] of Object.entries({ page, pageWithWorker, worker })) {
      await build({
        stdin: { contents, resolveDir: import.meta.dirname, loader: "ts" },
        bundle: true,
        format: "esm",
        conditions: ["@blk/source"],
        outfile: join(folder, `${name}.js`),
        logLevel: "error",
      });
      await writeFile(
        join(folder, `${name}.html`),
        `<!doctype html><meta charset="utf-8"><script type="module" src="${name}.js"></script>`,
      );
    }
    browser = await launchChromium();
  }, 60_000);

  afterAll(async () => {
    await browser?.close();
    await rm(folder, { recursive: true, force: true });
  });

  async function outcome(name: string, headers: Record<string, string>): Promise<Outcome> {
    const { url, close } = await serve(folder, headers);
    try {
      return (await visit(browser, `${url}${name}.html`)).outcome as Outcome;
    } finally {
      close();
    }
  }

  const both = { threads: 2, used: 2, right: true, notes: [] };

  test("a page that is cross-origin isolated has threads", { timeout: 60_000 }, async () => {
    expect(await outcome("page", isolation)).toEqual(both);
  });

  test("so has a worker of one", { timeout: 60_000 }, async () => {
    expect(await outcome("pageWithWorker", isolation)).toEqual(both);
  });

  test("another page has one, and is told how to get more", { timeout: 60_000 }, async () => {
    expect(await outcome("page", {})).toEqual({
      threads: 1,
      used: 1,
      right: true,
      notes: [
        "one thread: this page is not cross-origin isolated; serve it with the headers Cross-Origin-Opener-Policy: same-origin and Cross-Origin-Embedder-Policy: require-corp",
      ],
    });
  });

  test.each([
    [
      "no worker",
      "script-src 'self' 'wasm-unsafe-eval'",
      "add worker-src blob: to its Content-Security-Policy",
    ],
    ["trusted types only", "require-trusted-types-for 'script'", "TrustedScriptURL"],
  ])(
    "a policy that allows %s leaves one thread and the reason",
    { timeout: 60_000 },
    async (_, policy, reason) => {
      const found = await outcome("page", { ...isolation, "Content-Security-Policy": policy });
      expect(found).toMatchObject({ threads: 1, used: 1, right: true });
      expect(found.notes.length).toBe(1);
      expect(found.notes[0]).toMatch(/^one thread: no more workers can be started \(/);
      expect(found.notes[0]).toContain(reason);
    },
  );

  test("a strict policy that allows them leaves all threads", { timeout: 60_000 }, async () => {
    const policy = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src blob:";
    expect(await outcome("page", { ...isolation, "Content-Security-Policy": policy })).toEqual(
      both,
    );
  });
});
