import { execFile } from "node:child_process";
import { cp, mkdir, readFile, symlink } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { beforeAll, expect, inject, test } from "vitest";

const root = join(import.meta.dirname, "..", "..", "..");
const { resolve } = createRequire(import.meta.url);
const folder = inject("folder");
const workspace = join(folder, "workspace");
const created = join(workspace, "packages", "backend-my-chip");

/** Runs a program in Node in the new package, or where it says; rejects if that fails. */
async function run(args: readonly string[], cwd = created): Promise<string> {
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd, timeout: 120_000 });
  return stdout;
}

const toolOf = (name: string, file: string): string =>
  join(dirname(resolve(`${name}/package.json`)), file);

const createBackend = (name: string): Promise<string> =>
  run([join(workspace, ".ci", "create-backend.mjs"), name], workspace);

// What of this workspace the command and the new package need, in a copy; the @blk packages are those
// that were packed and installed.
beforeAll(async () => {
  const model = join("packages", "backend-js");
  const copied = [".ci", "docs", "tsconfig.base.json", "biome.json"];
  const ofModel = [
    "package.json",
    "tsconfig.json",
    "vitest.config.ts",
    join("test", "tsconfig.json"),
  ];
  for (const path of [...copied, ...ofModel.map((file) => join(model, file))]) {
    await cp(join(root, path), join(workspace, path), { recursive: true });
  }
  await symlink(join(root, "node_modules"), join(workspace, "node_modules"), "dir");
  await createBackend("my-chip");
  await mkdir(join(created, "node_modules"));
  const scope = join("node_modules", "@blk");
  await symlink(join(folder, scope), join(created, scope), "dir");
});

test("a new package is linted, typed, and its test passes", { timeout: 120_000 }, async () => {
  const biome = [toolOf("@biomejs/biome", "bin/biome"), "check", "--vcs-enabled=false", "."];
  await run(biome);
  await run([toolOf("typescript", "bin/tsc"), "-p", "test"]);
  const report = join(created, "report.json");
  const suite = ["--project", "node", `--outputFile.json=${report}`];
  await run([toolOf("vitest", "vitest.mjs"), "run", ...suite]);
  const { numPassedTests, numFailedTests } = JSON.parse(await readFile(report, "utf8"));
  expect(numPassedTests).toBeGreaterThan(6000);
  expect(numFailedTests).toBe(0);
});

test("the bench loads what is built of it, checks and times it", { timeout: 120_000 }, async () => {
  const config = join(workspace, ".ci", "tsup.config.ts");
  await run([toolOf("tsup", "dist/cli-default.js"), "--config", config, "--no-dts"]);
  const report = join(created, "bench.json");
  const options = ["--quick", "--backends", "my-chip", "--cases", "*mul*/f64/8*", "--json", report];
  const cli = join(root, "apps", "bench", "dist", "cli.js");
  await run([cli, ...options, "--backend-module", join(created, "dist", "index.js")]);
  const { backends, conformance, performance } = JSON.parse(await readFile(report, "utf8"));
  expect(backends).toContainEqual(expect.objectContaining({ name: "my-chip", ran: true }));
  expect(performance).toMatchObject([{ backend: "my-chip", id: "matmul/f64/8" }]);
  const statuses = conformance.map(({ status }: { status: string }) => status);
  expect([...new Set(statuses)]).toEqual(["passed"]);
});

test("a name that is taken or no name is refused, and nothing is written", async () => {
  for (const [name, reason] of [
    ["my-chip", "there is packages/backend-my-chip already"],
    ["My Chip", "how about my-chip?"],
  ] as const) {
    const { code, stdout, stderr } = await createBackend(name).catch((error) => error);
    expect([code, stdout]).toEqual([2, ""]);
    expect(stderr).toContain(reason);
  }
  await expect(readFile(join(workspace, "packages", "backend-My Chip"))).rejects.toThrow("ENOENT");
});
