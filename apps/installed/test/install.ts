import { cp, mkdir, mkdtemp, readdir, realpath, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { TestProject } from "vitest/node";
// @ts-expect-error A script without declarations.
import { capture } from "../../../.ci/process.mjs";

declare module "vitest" {
  interface ProvidedContext {
    /** A folder outside of the workspace, with the packages in its node_modules. */
    readonly folder: string;
  }
}

const root = join(import.meta.dirname, "..", "..", "..");
let folder: string;

/** Builds and packs all packages, and installs the tarballs by npm, without a network, for all projects. */
export async function setup(project: TestProject): Promise<void> {
  folder = await realpath(await mkdtemp(join(tmpdir(), "blk-installed-")));
  const tarballs = join(folder, "tarballs");
  await run("turbo", ["run", "build", "build:page"], root);
  await run(
    "pnpm",
    ["--recursive", "--filter=./packages/*", "pack", "--pack-destination", tarballs],
    root,
  );
  await packDependencies(tarballs);

  const files = await readdir(tarballs);
  const dependencies = Object.fromEntries(
    files.map((file) => [packageOf(file), `file:tarballs/${file}`]),
  );
  const manifest = {
    name: "installed",
    private: true,
    type: "module",
    dependencies,
    // Also for what depends on them: no registry is asked.
    overrides: Object.fromEntries(Object.keys(dependencies).map((name) => [name, `$${name}`])),
  };
  await writeFile(join(folder, "package.json"), JSON.stringify(manifest));
  const offline = ["--offline", "--ignore-scripts", "--no-audit", "--no-fund"];
  await run("npm", ["install", ...offline], folder);
  await cp(join(import.meta.dirname, "..", "projects"), folder, { recursive: true });
  project.provide("folder", folder);
}

export async function teardown(): Promise<void> {
  await rm(folder, { recursive: true, force: true });
}

/** `blk-core-0.0.0.tgz` is of `@blk/core`. */
function packageOf(file: string): string {
  return file.replace(/-\d.*$/, "").replace(/^blk-/, "@blk/");
}

/** Tarballs of what the packages depend on, @blk/conformance only, from this workspace. */
async function packDependencies(tarballs: string): Promise<void> {
  const { resolve } = createRequire(join(root, "packages", "conformance", "package.json"));
  const fastCheck = await realpath(dirname(resolve("fast-check/package.json")));
  for (const name of ["fast-check", "pure-rand"]) {
    const copy = join(folder, "dependencies", name);
    await mkdir(copy, { recursive: true });
    await cp(join(fastCheck, "..", name), join(copy, "package"), {
      recursive: true,
      dereference: true,
    });
    await run("tar", ["-czf", join(tarballs, `${name}-0.tgz`), "-C", copy, "package"], folder);
  }
}

async function run(command: string, args: readonly string[], cwd: string): Promise<void> {
  const { ok, output } = await capture(command, args, { cwd });
  if (!ok) throw new Error(`${command} ${args.join(" ")} failed:\n${output}`);
}
