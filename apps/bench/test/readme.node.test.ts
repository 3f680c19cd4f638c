import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as backendJs from "@blk/backend-js";
import * as backendWasm from "@blk/backend-wasm";
import * as backendWebGpu from "@blk/backend-webgpu";
import * as conformance from "@blk/conformance";
import * as core from "@blk/core";
import * as linalg from "@blk/linalg";
import * as nn from "@blk/nn";
import * as nnInNode from "@blk/nn/node";
import { afterAll, describe, expect, it, vi } from "vitest";
import { pages, runSnippet, snippetsOf, textOf } from "./snippets.js";

const folder = await mkdtemp(join(tmpdir(), "blk-readme-"));
const backend = await backendJs.js().create();

afterAll(async () => {
  await backend.dispose();
  await rm(folder, { recursive: true, force: true });
});

const fullFile = (path: string): string => join(folder, path);

/** What snippets import. Functions that write files do so in a folder of their own. */
const modules: Record<string, unknown> = {
  "@blk/core": core,
  "@blk/linalg": linalg,
  "@blk/nn": nn,
  "@blk/nn/node": {
    fit: (...[model, data, options]: Parameters<typeof nnInNode.fit>) => {
      const checkpoint = fullFile(String(options.checkpoint));
      // The bar is not for the output of tests.
      return nnInNode.fit(model, data, { ...options, checkpoint, progress: false });
    },
    readSafetensorsFile: (...[path, use]: Parameters<typeof nnInNode.readSafetensorsFile>) =>
      nnInNode.readSafetensorsFile(fullFile(String(path)), use),
  },
  "@blk/backend-js": backendJs,
  "@blk/backend-wasm": backendWasm,
  "@blk/backend-webgpu": backendWebGpu,
  "@blk/conformance": conformance,
};

/** What snippets of a page take from the text around them. */
const surroundings: Record<string, () => Promise<Record<string, unknown>>> = {
  async "packages/backend-webgpu/README.md"() {
    const gpu = await conformance.findGpu(() => import("webgpu"));
    modules["webgpu"] = { create: () => gpu };
    modules["@blk/backend-webgpu"] = {
      webgpu: (options: object) => backendWebGpu.webgpu({ gpu, ...options }),
      // Takes long on a software adapter, and is tested where it is written.
      tune: async ({ params }: { params?: unknown }) => ({ params }),
    };
    const stored = new Map<string, string>();
    const localStorage = {
      getItem: (key: string) => stored.get(key) ?? null,
      setItem: (key: string, value: string) => stored.set(key, value),
    };
    return { backend: await backendWebGpu.webgpu({ gpu }).create(), localStorage };
  },

  async "packages/conformance/README.md"() {
    const define = (_: string, body: () => void): void => body();
    const it = Object.assign(vi.fn(), { skip: vi.fn() });
    modules["vitest"] = { describe: define, it, beforeAll: vi.fn(), afterAll: vi.fn() };
    modules["../src/index.js"] = { myBackend: backendJs.js };
    return {};
  },

  async "packages/nn/README.md"() {
    const full = (rows: number, cols: number): core.BlockMatrix =>
      core.BlockMatrix.full(backend, 0.5, { rows, cols });
    const labels = core.BlockMatrix.fromRows(backend, [[1], [9]], { dtype: "i32" });
    const given = { backend, random: new nn.Random(1), x: full(2, 784), labels };
    return { core, ...core, ...nn, ...given, tokens: full(22, 64) };
  },

  async "docs/writing-a-backend.md"() {
    const { js: mine } = backendJs;
    modules["@blk/backend-mine"] = { mine };
    return { mine, js: mine, wasm: backendWasm.wasm, openBackend: core.openBackend };
  },
};

/** The programs of a page; not the files of a backend, which are run where that guide is tested. */
async function programsOf(page: string): Promise<string[]> {
  const snippets = snippetsOf(await textOf(page));
  const isFile = (snippet: string): boolean => /^import .* from "\.|^export /m.test(snippet);
  return page.startsWith("docs/") ? snippets.filter((snippet) => !isFile(snippet)) : snippets;
}

const programs = (
  await Promise.all(
    (await pages()).map(async (page) => ({ page, snippets: await programsOf(page) })),
  )
).filter(({ snippets }) => snippets.length > 0);

it("every package has a program in its README", () => {
  const withPrograms = programs.map(({ page }) => page);
  expect(withPrograms).toHaveLength(new Set([...withPrograms, ...Object.keys(surroundings)]).size);
  expect(withPrograms).toContain("README.md");
  expect(withPrograms.filter((page) => page.startsWith("packages/"))).toHaveLength(7);
});

describe.each(programs)("$page", async ({ page, snippets }) => {
  const given = await surroundings[page]?.();

  it.each(snippets.map((snippet, i) => [i + 1, snippet] as const))(
    "snippet %d runs as it says",
    { timeout: 60_000 },
    (_, snippet) => runSnippet(snippet, modules, given),
  );
});
