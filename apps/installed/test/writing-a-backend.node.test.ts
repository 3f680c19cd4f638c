import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { type Case, conformanceCases, runCase } from "@blk/conformance";
import type { BackendProvider } from "@blk/core";
import { build } from "esbuild";
import { expect, inject, test } from "vitest";
// @ts-expect-error A script without declarations; what it gives is declared below.
import { pageFiles } from "../../../.ci/backend-page.mjs";

interface PageFile {
  readonly section: string;
  readonly path: string;
  readonly text: string;
}

const root = join(import.meta.dirname, "..", "..", "..");
const files: readonly PageFile[] = pageFiles(root);
const sections = [...new Set(files.map(({ section }) => section))];

/** Of a group's cases so many, evenly spread. The complete suite is run on the finished package. */
const most = 60;

function someOf(cases: readonly Case[]): readonly Case[] {
  const step = Math.max(1, cases.length / most);
  return cases.filter((_, at) => Math.floor(at / step) !== Math.floor((at - 1) / step));
}

const byOperation = new Map<string, Case[]>();
for (const one of conformanceCases({ runs: 5 })) {
  const group = byOperation.get(one.operation) ?? [];
  group.push(one);
  byOperation.set(one.operation, group);
}

/** The backend that a reader has at the end of a section. */
async function providerAfter(section: string): Promise<BackendProvider> {
  const last = files.map((file) => file.section).lastIndexOf(section);
  const texts = new Map(files.slice(0, last + 1).map(({ path, text }) => [path, text]));
  // The stand-in of an operation that is not there yet is shown once, "and the others likewise".
  const standIn = files.find(({ path }) => path === "src/multiply.ts")?.text ?? "";
  for (const [, name = "", stem = ""] of texts
    .get("src/backend.ts")!
    .matchAll(/^import \{ (\w+) \} from "\.\/([\w-]+)\.js";$/gm)) {
    const path = `src/${stem}.ts`;
    if (!texts.has(path)) texts.set(path, standIn.replaceAll("multiply", name));
  }
  const folder = join(inject("folder"), "steps", String(sections.indexOf(section)));
  for (const [path, text] of texts) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text);
  }
  const outfile = join(folder, "backend.mjs");
  const entryPoints = [join(folder, "src", "index.ts")];
  await build({ entryPoints, outfile, bundle: true, format: "esm", packages: "external" });
  const { mine } = await import(/* @vite-ignore */ pathToFileURL(outfile).href);
  return mine();
}

/** Of each group: whether all, some or none of its cases pass; or none fails, but some need not pass. */
async function verdicts(
  provider: BackendProvider,
  operations: readonly string[],
): Promise<readonly string[]> {
  const open = (): ReturnType<BackendProvider["create"]> => provider.create();
  const found: string[] = [];
  for (const operation of operations) {
    const cases = someOf(byOperation.get(operation) ?? []);
    const counts = { passed: 0, failed: 0, unsupported: 0 };
    for (const one of cases) {
      const backend = await open();
      const { status } = await runCase(one, { backend, open });
      await backend.dispose();
      counts[status] += 1;
    }
    const { passed, failed, unsupported } = counts;
    const isRight = unsupported > 0 ? "optional" : "all";
    found.push(failed === 0 ? isRight : passed > 0 ? "some" : "–");
  }
  return found;
}

const steps = sections.filter((section) => /^\d/.test(section));

test("the groups that pass after each step are those of its table", {
  timeout: 120_000,
}, async () => {
  const page = await readFile(join(root, "docs", "writing-a-backend.md"), "utf8");
  const table = [...page.matchAll(/^\| ([a-z][^|]*) \|(( (?:all|some|optional|–) \|)+)$/gim)].map(
    ([, name = "", cells = ""]) => [name, ...cells.split("|").slice(0, -1)].map((x) => x.trim()),
  );
  const operations = [...byOperation.keys()];
  const columns: (readonly string[])[] = [];
  for (const step of steps) columns.push(await verdicts(await providerAfter(step), operations));
  expect(table).toEqual(
    operations.map((name, row) => [name, ...columns.map((column) => column[row])]),
  );
});

test("what makes it faster leaves it right", { timeout: 60_000 }, async () => {
  expect(sections.at(-1)).toBe("Performance");
  const provider = await providerAfter("Performance");
  const operations = ["multiply", "block operations", "laws"];
  expect(await verdicts(provider, operations)).toEqual(operations.map(() => "all"));
});
