import { readFile } from "node:fs/promises";
import * as backendJs from "@blk/backend-js";
import * as backendWasm from "@blk/backend-wasm";
import * as core from "@blk/core";
import * as linalg from "@blk/linalg";
import * as nn from "@blk/nn";
import ts from "typescript";
import { describe, expect, it } from "vitest";

const modules: Record<string, unknown> = {
  "@blk/core": core,
  "@blk/linalg": linalg,
  "@blk/nn": nn,
  "@blk/backend-js": backendJs,
  "@blk/backend-wasm": backendWasm,
};

/** A snippet as a program that compares each `expression;   // value` with its value. */
function toProgram(snippet: string): string {
  const body = snippet
    .replace(/^import (\{[^}]*\}) from "([^"]+)";/gm, 'const $1 = modules["$2"];')
    .replace(/^(?!const|using|await using)(\S.*);\s*\/\/ (.+)$/gm, "expect($1).toEqual($2);");
  const program = `return (async () => {\n${body}\n})();`;
  const compilerOptions = { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext };
  return ts.transpileModule(program, { compilerOptions }).outputText;
}

const files = [
  "README.md",
  "packages/core/README.md",
  "packages/backend-js/README.md",
  "packages/backend-wasm/README.md",
  "packages/linalg/README.md",
];

describe.each(files)("%s", async (file) => {
  const text = await readFile(new URL(`../../../${file}`, import.meta.url), "utf8");
  const snippets = [...text.matchAll(/```ts\n([\s\S]*?)```/g)].map((match) => match[1] as string);

  it("has snippets", () => expect(snippets.length).toBeGreaterThanOrEqual(1));

  it.each(snippets.map((snippet, i) => [i + 1, snippet] as const))(
    "snippet %d runs as it says",
    async (_, snippet) => {
      expect.hasAssertions();
      const run = new Function("modules", "expect", toProgram(snippet)) as (
        ...args: readonly unknown[]
      ) => Promise<void>;
      await run(modules, expect);
    },
  );
});
