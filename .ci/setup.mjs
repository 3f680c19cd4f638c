import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
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

/** Installs the workspace where that is not done yet; exits with the details where it fails. */
export async function setup() {
  const major = Number(process.versions.node.split(".")[0]);
  if (major < 20) {
    console.error(`@blk needs Node 20 or newer; this is ${process.version}.`);
    process.exit(1);
  }
  const stamp = currentStamp();
  if (isInstalled(stamp)) return;

  const { packageManager } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  console.log(`Setup: installing dependencies with ${packageManager} (the first time only) ...`);
  const install = await capture(
    "npx",
    ["--yes", packageManager, "install", "--frozen-lockfile", "--reporter=append-only"],
    { env: { ...toolEnv, PATH: process.env.PATH } },
  );
  if (!install.ok) {
    console.error(install.output);
    console.error(`Setup failed after ${duration(install.seconds)}; the details are above.`);
    console.error(`After a change of dependencies, first run: npx ${packageManager} install`);
    process.exit(1);
  }
  writeFileSync(stampFile, stamp);
  console.log(`Setup: dependencies installed in ${duration(install.seconds)}.`);
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) await setup();
