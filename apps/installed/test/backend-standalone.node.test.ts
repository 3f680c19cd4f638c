import { execFile } from "node:child_process";
import { mkdir, readdir, readFile, symlink, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { delimiter, dirname, join } from "node:path";
import { promisify } from "node:util";
import { transform } from "esbuild";
import { beforeAll, expect, inject, test } from "vitest";
import { serve } from "../../../.ci/pages.ts";
import { triedInPage, withoutChromium } from "./bench-page.js";

const root = join(import.meta.dirname, "..", "..", "..");
const folder = inject("folder");
const created = join(folder, "outside", "blk-backend-my-chip");
const { resolve } = createRequire(import.meta.url);

async function run(program: string, args: readonly string[], cwd = created): Promise<string> {
  // The tools that `npm install` would bring.
  const PATH = [join(root, "node_modules", ".bin"), process.env["PATH"]].join(delimiter);
  const env = { ...process.env, PATH, INIT_CWD: cwd };
  const { stdout } = await promisify(execFile)(program, args, { cwd, env, timeout: 120_000 });
  return stdout;
}

const createBackend = (...args: readonly string[]): Promise<string> =>
  run(process.execPath, [join(root, ".ci", "create-backend.mjs"), ...args], folder);

// Laid out by the command; what `npm install` would take from a registry is linked.
beforeAll(async () => {
  await createBackend("my-chip", "--dir", join("outside", "blk-backend-my-chip"));
  const modules = join(created, "node_modules");
  for (const tarball of await readdir(join(created, "vendor"))) {
    const target = join(modules, "@blk", tarball.replace(/^blk-(\w+)-.*/, "$1"));
    await mkdir(target, { recursive: true });
    const from = join(created, "vendor", tarball);
    await run("tar", ["-xzf", from, "--strip-components=1", "-C", target]);
  }
  for (const name of ["fast-check", "pure-rand"]) {
    await symlink(join(folder, "node_modules", name), join(modules, name), "dir");
  }
  for (const name of ["vitest", "typescript", "esbuild"]) {
    await symlink(dirname(resolve(`${name}/package.json`)), join(modules, name), "dir");
  }
  await run("npm", ["run", "build"]);
}, 120_000);

test("it is typed, and tested by what it brings along", { timeout: 60_000 }, async () => {
  const report = join(created, "report.json");
  const some = ["-t", "multiply/f64", "--reporter=json", `--outputFile=${report}`];
  await run("npm", ["test", "--", ...some]);
  const { numPassedTests, numFailedTests } = JSON.parse(await readFile(report, "utf8"));
  expect(numPassedTests).toBeGreaterThan(500);
  expect(numFailedTests).toBe(0);
});

test("every development dependency is a file of it or a version that was tried", async () => {
  const manifest = JSON.parse(await readFile(join(created, "package.json"), "utf8"));
  for (const [name, range] of Object.entries<string>(manifest.devDependencies)) {
    const path = join(created, "node_modules", name, "package.json");
    const { version } = JSON.parse(await readFile(path, "utf8"));
    const file = `file:vendor/${name.replace("@blk/", "blk-")}-${version}.tgz`;
    expect([name, range]).toEqual([name, name.startsWith("@blk/") ? file : `^${version}`]);
  }
  const { version } = JSON.parse(await readFile(join(root, "packages/core/package.json"), "utf8"));
  expect(manifest.peerDependencies).toEqual({ "@blk/core": `^${version}` });
});

test("npm would get what it exports, a README and a licence, and neither tests nor tarballs", {
  timeout: 60_000,
}, async () => {
  const packed = await run("npm", ["pack", "--dry-run", "--json", "--ignore-scripts"]);
  const [{ files }] = JSON.parse(packed);
  const paths = files.map(({ path }: { path: string }) => path);
  const needed = ["LICENSE", "README.md", "dist/index.d.ts", "dist/index.js", "src/index.ts"];
  expect(paths).toEqual(expect.arrayContaining(needed));
  expect(paths.filter((path: string) => /^(test|vendor|page)\/|\.tgz$/.test(path))).toEqual([]);
});

test("its README's program runs as it says", { timeout: 60_000 }, async () => {
  const readme = await readFile(join(created, "README.md"), "utf8");
  expect(readme).toContain("npm install @blk/core blk-backend-my-chip\n");
  const snippet = /```ts\n([\s\S]*?)```/.exec(readme)?.[1] ?? "";
  const [, expression = "", value = ""] = /^(.+); {3}\/\/ (.+)$/m.exec(snippet) ?? [];
  const shown = snippet.replace(expression, `console.log(JSON.stringify(${expression}))`);
  const { code } = await transform(shown, { target: "es2022" });
  // In its folder, a package finds itself by its name.
  await writeFile(join(created, "readme.mjs"), code);
  expect(JSON.parse(await run(process.execPath, ["readme.mjs"]))).toEqual(JSON.parse(value));
});

test.skipIf(withoutChromium)(
  "the bench's page loads it by the address of another server, and it conforms there (skipped without a Chromium)",
  { timeout: 60_000 },
  async () => {
    await run("npm", ["run", "build:page"]);
    const server = await serve(join(created, "page"), { "Access-Control-Allow-Origin": "*" });
    try {
      const row = await triedInPage("my-chip", async (page) => {
        await page.getByLabel("Its address").fill(`${server.url}my-chip.js`);
        await page.getByLabel("Its address").press("Enter");
      });
      expect(row).toMatch(/✓ 8 right/);
      expect(row).not.toContain("wrong");
    } finally {
      server.close();
    }
  },
);

test("a folder that will not do, or a name of the bench's own, is refused", async () => {
  for (const [args, reason] of [
    [["mine", "--dir", "outside"], "outside is not empty"],
    [["mine", "--dir", "package.json"], "package.json is a file"],
    [["mine", "--dir", join(root, "packages", "mine")], "leave out --dir"],
    [["js", "--dir", "new"], "there is packages/backend-js already"],
    [["mine", "--dir"], "argument missing"],
    [["mine", "--folder", "new"], "'--folder'"],
  ] as const) {
    const { code, stdout, stderr } = await createBackend(...args).catch((error) => error);
    expect([args, code, stdout]).toEqual([args, 2, ""]);
    expect(stderr).toContain(reason);
  }
  expect(await readdir(folder)).not.toContain("new");
});
