import { execFile } from "node:child_process";
import { mkdir, readdir, symlink, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { beforeAll, describe, expect, inject, test } from "vitest";
import { allRight, outputOf } from "./program.js";

const folder = inject("folder");
const { resolve } = createRequire(import.meta.url);

describe("a Node project with the packed packages", () => {
  test("imports all of them", { timeout: 60_000 }, async () => {
    const outcome = await outputOf([join(folder, "node", "program.js")]);
    expect(outcome).toEqual({ found: allRight, fit: "function" });
  });

  // Node 20.19 and 22.12 were the first to do so.
  const canRequire = (process.features as { require_module?: boolean }).require_module === true;
  test.skipIf(!canRequire)(
    `requires all of them${canRequire ? "" : " (skipped: this Node cannot require modules)"}`,
    { timeout: 60_000 },
    async () => {
      const warnings = "--disable-warning=ExperimentalWarning";
      const outcome = await outputOf([warnings, join(folder, "node", "program.cjs")]);
      const product = [
        [7, 10],
        [15, 22],
      ];
      expect(outcome).toEqual({ products: [product, product], missing: [] });
    },
  );

  test.skipIf(!canRequire)(
    `where Node cannot require modules, it says what to do${canRequire ? "" : " (skipped: the test above needs the same)"}`,
    async () => {
      const args = ["--no-experimental-require-module", join(folder, "node", "program.cjs")];
      await expect(outputOf(args)).rejects.toThrow(/ERR_REQUIRE_ESM|dynamic import\(\)/);
    },
  );

  test.each(["js", "wasm"])(
    "needs no other package than the core and one backend, %s",
    {
      timeout: 60_000,
    },
    async (name) => {
      const alone = join(folder, "alone", name);
      await mkdir(alone, { recursive: true });
      await writeFile(
        join(alone, "package.json"),
        JSON.stringify({ private: true, type: "module" }),
      );
      const tarballs = await readdir(join(folder, "tarballs"));
      const wanted = tarballs.filter(
        (file) => file.startsWith("blk-core-") || file.startsWith(`blk-backend-${name}-`),
      );
      const install = [
        "install",
        "--offline",
        "--no-audit",
        "--no-fund",
        ...wanted.map((file) => join(folder, "tarballs", file)),
      ];
      await promisify(execFile)("npm", install, { cwd: alone });
      const modules = join(alone, "node_modules");
      expect((await readdir(modules)).filter((entry) => !entry.startsWith("."))).toEqual(["@blk"]);
      expect((await readdir(join(modules, "@blk"))).sort()).toEqual([`backend-${name}`, "core"]);
      const program = `
      import { ${name} } from "@blk/backend-${name}";
      import { BlockMatrix, matmul, openBackend } from "@blk/core";
      const backend = await openBackend([${name}()]);
      const a = BlockMatrix.fromRows(backend, [[1, 2], [3, 4]]);
      console.log(JSON.stringify(await matmul(a, a).toRows()));
      await backend.dispose();`;
      await writeFile(join(alone, "program.js"), program);
      expect(await outputOf([join(alone, "program.js")])).toEqual([
        [7, 10],
        [15, 22],
      ]);
    },
  );
});

describe("a TypeScript project with the packed packages, strict, with declarations checked", () => {
  beforeAll(async () => {
    const types = join(folder, "node_modules", "@types");
    await mkdir(types, { recursive: true });
    await symlink(dirname(resolve("@types/node/package.json")), join(types, "node"), "dir");
  });

  test.each([
    ["a bundler, in a page", "tsconfig.json"],
    ["Node, without the types of a page", "tsconfig.node.json"],
  ])("compiles for %s", { timeout: 60_000 }, async (_, config) => {
    const compiler = join(dirname(resolve("typescript/package.json")), "bin", "tsc");
    const args = [compiler, "-p", join(folder, "typed", config)];
    const { stdout } = await promisify(execFile)(process.execPath, args).catch((error) => error);
    expect(stdout).toBe("");
  });
});
