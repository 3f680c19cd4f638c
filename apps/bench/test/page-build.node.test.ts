import { readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { pageModule } from "../src/browser/page-resources.js";
import { buildBench } from "./build-bench.js";

// Building takes longer while other packages are tested beside.
vi.setConfig({ hookTimeout: 60_000 });

let built: string;
beforeAll(async () => {
  built = await buildBench();
});
afterAll(() => rm(built, { recursive: true }));

test("the page is complete: its modules import each other, and nothing of Node", async () => {
  const folder = join(built, "page");
  const names = (await readdir(folder)).filter((name) => name.endsWith(".js"));
  expect(names).toContain(pageModule.slice(1));
  const texts = await Promise.all(names.map((name) => readFile(join(folder, name), "utf8")));
  const imported = texts.flatMap((text) =>
    // Static imports, for a module that is imported only where it is there may be any.
    [...text.matchAll(/^(?:import|export)\b[^"'()]*["']([^"']+)["'];?$/gm)].map((m) => m[1] ?? ""),
  );
  expect(imported.length).toBeGreaterThan(names.length / 2);
  expect(imported.filter((specifier) => !specifier.startsWith("./"))).toEqual([]);
  for (const specifier of imported) expect(names).toContain(specifier.slice(2));
});
