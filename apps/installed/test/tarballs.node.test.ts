import { readdir, readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { describe, expect, inject, test } from "vitest";

const root = join(import.meta.dirname, "..", "..", "..");
const scope = join(inject("folder"), "node_modules", "@blk");
const names = await readdir(scope);

test("every package is packed", async () => {
  expect(names.sort()).toEqual((await readdir(join(root, "packages"))).sort());
});

describe.each(names)("@blk/%s, as it is installed", async (name) => {
  const folder = join(scope, name);
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = entries
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name).slice(folder.length + 1));
  const textOf = (path: string): Promise<string> => readFile(join(folder, path), "utf8");
  const manifest = JSON.parse(await textOf("package.json"));

  test("says what it is, on which engines it runs, and that importing does nothing", async () => {
    expect(manifest).toMatchObject({
      name: `@blk/${name}`,
      license: "MIT",
      type: "module",
      sideEffects: false,
      engines: { node: ">=20" },
    });
    for (const field of ["description", "author", "keywords"]) expect(manifest[field]).toBeTruthy();
    expect(await textOf("README.md")).toMatch(new RegExp(`^# @blk/${name}\n`));
    expect(await textOf("LICENSE")).toContain("MIT License");
  });

  test("exports modules with their types, and depends on other packages by versions", () => {
    for (const target of Object.values<Record<string, string>>(manifest.exports)) {
      // The types first: the first condition that matches is taken.
      expect(Object.keys(target)).toEqual(["types", "default"]);
      for (const file of Object.values(target)) expect(paths).toContain(file.slice("./".length));
    }
    for (const range of Object.values(manifest.dependencies ?? {})) {
      expect(range).toMatch(/^\^?\d+\.\d+\.\d+$/);
    }
  });

  test("has its sources and nothing of tests", () => {
    const foreign = paths.filter(
      (path) => !/^(dist|src)\/|^(package\.json|README\.md|LICENSE)$/.test(path),
    );
    expect(foreign).toEqual([]);
    expect(paths.filter((path) => /(^|\/)(test|tests|reports)\/|\.test\./.test(path))).toEqual([]);
  });

  test("has source maps that lead to sources in it", async () => {
    for (const path of paths.filter((path) => /^dist\/.*\.js$/.test(path))) {
      const map = /^\/\/# sourceMappingURL=(.+)$/m.exec(await textOf(path))?.[1];
      const { sources } = JSON.parse(await textOf(join("dist", map ?? "none")));
      for (const source of sources) expect(paths).toContain(join(dirname(path), source));
    }
  });

  test("has nothing that Turbopack, the bundler of Next, breaks", async () => {
    for (const path of paths.filter((path) => /^dist\/.*\.js$/.test(path))) {
      // It drops these parentheses, and then refuses its own output.
      expect(await textOf(path)).not.toMatch(/\(await [^;{}]*\)\s*\*\*/);
    }
  });

  test("names no folder of the machine that built it", async () => {
    for (const path of paths) {
      const text = await textOf(path);
      for (const place of [root, join(homedir(), "/"), "file:///", "node_modules/.pnpm"]) {
        expect([path, place, text.includes(place)]).toEqual([path, place, false]);
      }
    }
  });
});
