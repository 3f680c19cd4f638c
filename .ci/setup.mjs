import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { capture, duration, root, toolEnv } from "./process.mjs";

// What `npm test` and `npm run bench` share: from a bare Node and npm to an installed workspace.

/** What node_modules was installed from; the install is skipped while this does not change. */
const stampFile = join(root, "node_modules", ".blk-setup");

/**
 * Every package and app of the workspace, by folder.
 *
 * @returns {{ dir: string, manifest: { name: string, scripts?: Record<string, string> } }[]}
 */
export function workspacePackages() {
  return ["packages", "apps"]
    .flatMap((group) => readdirSync(join(root, group)).map((name) => join(group, name)))
    .filter((dir) => existsSync(join(root, dir, "package.json")))
    .map((dir) => ({
      dir,
      manifest: JSON.parse(readFileSync(join(root, dir, "package.json"), "utf8")),
    }));
}

function currentStamp() {
  const hash = createHash("sha256").update(`${process.platform} ${process.arch}\n`);
  const manifests = workspacePackages().map(({ dir }) => join(dir, "package.json"));
  for (const file of ["package.json", "pnpm-workspace.yaml", "pnpm-lock.yaml", ...manifests]) {
    hash.update(`${file}\n`).update(readFileSync(join(root, file)));
  }
  return hash.digest("hex");
}

function isInstalled(stamp) {
  if (!existsSync(stampFile) || readFileSync(stampFile, "utf8") !== stamp) return false;
  return workspacePackages().every(({ dir, manifest }) => {
    const needsModules = manifest.dependencies || manifest.devDependencies;
    return !needsModules || existsSync(join(root, dir, "node_modules"));
  });
}

/**
 * Installs the workspace where that is not done yet, and prints what a person has to know.
 *
 * @returns {Promise<boolean>} whether the workspace is ready; if not, the details are printed
 */
export async function setup() {
  const major = Number(process.versions.node.split(".")[0]);
  if (major < 20) {
    console.error(`@blk needs Node 20 or newer; this is ${process.version}.`);
    return false;
  }
  const stamp = currentStamp();
  if (isInstalled(stamp)) return true;

  const { packageManager } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  console.log(`Setup: installing dependencies with ${packageManager} ...`);
  // Started outside of the workspace, whose own copy of pnpm may be replaced by this install.
  const install = await capture(
    "npx",
    ["--yes", packageManager, "-C", root, "install", "--frozen-lockfile", "--reporter=append-only"],
    { env: { ...toolEnv, PATH: process.env.PATH }, cwd: tmpdir() },
  );
  if (!install.ok) {
    console.error(install.output);
    console.error(`Setup failed after ${duration(install.seconds)}; the details are above.`);
    console.error("Where a package.json has changed, first run: npx pnpm install");
    return false;
  }
  writeFileSync(stampFile, stamp);
  console.log(`Setup: dependencies installed in ${duration(install.seconds)}.`);
  return true;
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  process.exitCode = (await setup()) ? 0 : 1;
}
