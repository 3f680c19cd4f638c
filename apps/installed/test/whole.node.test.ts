import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import {
  chromiumPath,
  isolation,
  launchChromium,
  serve,
  softwareGpu,
  visit,
} from "../../../.ci/pages.ts";
import { bundlers, runWebpack } from "./bundle.js";
import { allRight, allRightWithGpu, outputOf } from "./program.js";

// Debian as root installs one for `npm test`; elsewhere a person may have none.
const withoutChromium = chromiumPath === undefined;
const folder = inject("folder");
let browser: Browser | undefined;

beforeAll(async () => {
  if (!withoutChromium) browser = await launchChromium(softwareGpu);
}, 60_000);

afterAll(() => browser?.close());

async function outcomeAt(out: string): Promise<unknown> {
  const { url, close } = await serve(out, isolation);
  try {
    const { outcome, complaints } = await visit(browser!, `${url}index.html`);
    expect(complaints).toEqual([]);
    return outcome;
  } finally {
    close();
  }
}

test.skipIf(withoutChromium)(
  "a web worker in a Vite project uses all packages (skipped without a Chromium)",
  { timeout: 60_000 },
  async () => {
    const project = join(folder, "worker");
    const out = join(project, "out");
    expect(await bundlers["vite"]?.(project, out, "page")).toEqual([]);
    expect(await outcomeAt(out)).toEqual(allRightWithGpu);
  },
);

/**
 * A server that renders pages: its own code is one CommonJS bundle that is required, that of the page
 * another one, of classic scripts, made from the same modules. So does Next.
 */
describe("a project with a server and pages, by webpack", () => {
  const project = join(folder, "server");
  const out = join(project, "out");
  const common = {
    mode: "production",
    context: project,
    optimization: { minimize: false },
    performance: false,
  } as const;

  let html: string | undefined;

  /** The page that the server makes. */
  async function rendered(name: string, externals: RegExp[]): Promise<string> {
    const warnings = await runWebpack({
      ...common,
      target: "node20",
      entry: "./render.js",
      output: { path: join(out, name), filename: "[name].cjs", library: { type: "commonjs2" } },
      resolve: { conditionNames: ["react-server", "node", "import", "require", "default"] },
      externals,
      externalsType: "import",
    });
    expect(warnings).toEqual([]);
    const start = join(out, name, "start.cjs");
    // A bundle with parts that are imported is there a little later: its exports are a promise.
    await writeFile(
      start,
      `Promise.resolve(require("./main.cjs"))
        .then(({ render }) => render())
        .then((page) => console.log(JSON.stringify(page)));`,
    );
    return String(await outputOf([start]));
  }

  const onServer = (html: string): unknown =>
    JSON.parse(/<main>(.*)<\/main>/.exec(html)?.[1] ?? "");

  test("the server uses all packages, bundled into it", { timeout: 60_000 }, async () => {
    html = await rendered("bundled", []);
    expect(onServer(html)).toEqual(allRight);
  });

  test.skipIf(withoutChromium)(
    "and so does the page that it made (skipped without a Chromium)",
    { timeout: 60_000 },
    async () => {
      const page = join(out, "page");
      const warnings = await runWebpack({
        ...common,
        target: ["web", "es2022"],
        entry: "./main.js",
        output: { path: page, filename: "main.js" },
      });
      expect(warnings).toEqual([]);
      await writeFile(join(page, "index.html"), html ?? "");
      expect(await outcomeAt(page)).toEqual({ onServer: allRight, inPage: allRightWithGpu });
    },
  );

  test("and as packages left outside of its bundle", { timeout: 60_000 }, async () => {
    expect(onServer(await rendered("external", [/^@blk\//]))).toEqual(allRight);
    const bundle = await readFile(join(out, "external", "main.cjs"), "utf8");
    expect(bundle).toMatch(/import\("@blk\/core"\)/);
  });
});
