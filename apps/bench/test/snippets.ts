import { readdir, readFile } from "node:fs/promises";
import ts from "typescript";
import { expect } from "vitest";

const root = new URL("../../../", import.meta.url);

/** The text of a file, by its path in the repository. */
export const textOf = (path: string): Promise<string> => readFile(new URL(path, root), "utf8");

/** The pages that users read: READMEs, and the guides of docs/. */
export async function pages(): Promise<string[]> {
  const packages = await readdir(new URL("packages", root));
  const guides = (await readdir(new URL("docs", root))).filter((name) => name.endsWith(".md"));
  return [
    "README.md",
    "CONTRIBUTING.md",
    ...packages.map((name) => `packages/${name}/README.md`),
    ...guides.map((name) => `docs/${name}`),
  ];
}

/** The programs of a page, in its order. */
export function snippetsOf(page: string): string[] {
  return [...page.matchAll(/^```[jt]s\n([\s\S]*?)^```$/gm)].map(([, code = ""]) => code);
}

/**
 * Runs a snippet. What it imports are `modules`, what it takes from the text around it is `given`, and
 * each `expression;   // value` is compared with its value.
 */
export async function runSnippet(
  snippet: string,
  modules: Readonly<Record<string, unknown>>,
  given: Readonly<Record<string, unknown>> = {},
): Promise<void> {
  const body = snippet
    .replace(/^import (\{[^}]*\}) from "([^"]+)";/gm, 'const $1 = modules["$2"];')
    .replace(/^export /gm, "")
    .replace(/^(?!const|using|await using)(\S.*);\s*\/\/ (.+)$/gm, "expect($1).toEqual($2);");
  const program = `return (async () => {\n${body}\n})();`;
  const compilerOptions = { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext };
  const { outputText } = ts.transpileModule(program, { compilerOptions });
  const run = new Function("modules", "expect", ...Object.keys(given), outputText);
  await run(modules, expect, ...Object.values(given));
}
