import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as backendWasm from "@blk/backend-wasm";
import * as core from "@blk/core";
import { transform } from "esbuild";
import { expect, test } from "vitest";
import * as nn from "../src/index.js";
import * as node from "../src/node/index.js";

const modules: Record<string, unknown> = {
  "@blk/core": core,
  "@blk/backend-wasm": backendWasm,
  "@blk/nn": nn,
  // The bar is not for the output of tests.
  "@blk/nn/node": {
    ...node,
    fit: (...[model, data, options]: Parameters<typeof node.fit>) =>
      node.fit(model, data, { ...options, progress: false }),
  },
};

test("the README's first snippet runs as it says", { timeout: 60_000 }, async () => {
  const text = await readFile(new URL("../README.md", import.meta.url), "utf8");
  const snippet = /```ts\n([\s\S]*?)```/.exec(text)?.[1] ?? "";
  const folder = await mkdtemp(join(tmpdir(), "blk-readme-"));
  const path = JSON.stringify(join(folder, "xor.safetensors"));
  const body = snippet
    .replace(/^import (\{[^}]*\}) from "([^"]+)";.*$/gm, 'const $1 = modules["$2"];')
    .replace(/^(?!const|await using)(\S.*);\s*\/\/ (.+)$/gm, "expect($1).toEqual($2);")
    .replaceAll('"xor.safetensors"', path);
  const { code } = await transform(`async function program() {\n${body}\n}`, {
    loader: "ts",
    target: "es2022",
  });
  expect.hasAssertions();
  try {
    await new Function("modules", "expect", `${code}; return program();`)(modules, expect);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
