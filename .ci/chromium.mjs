import { accessSync, constants, existsSync, readFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { capture, toolEnv } from "./process.mjs";

const names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

function isExecutable(file) {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function onPath(name) {
  const folders = (process.env.PATH ?? "").split(delimiter).filter(Boolean);
  return folders.map((folder) => join(folder, name)).find(isExecutable);
}

/**
 * The path of an installed Chromium: what CHROMIUM_PATH names, or else the first one on PATH.
 *
 * @returns {string | undefined}
 */
export function findChromium() {
  const named = process.env.CHROMIUM_PATH;
  if (named) return isExecutable(named) ? named : undefined;
  for (const name of names) {
    const found = onPath(name);
    if (found) return found;
  }
  return undefined;
}

function whyNotInstallable() {
  if (process.env.CHROMIUM_PATH)
    return `CHROMIUM_PATH is not a program: ${process.env.CHROMIUM_PATH}`;
  const release = existsSync("/etc/os-release") ? readFileSync("/etc/os-release", "utf8") : "";
  const manual = "install Chromium, or set CHROMIUM_PATH to one";
  if (!/^ID="?debian"?$/m.test(release) || !onPath("apt-get"))
    return `it can be installed unattended only on Debian; ${manual}`;
  if (process.getuid?.() !== 0) return `without root, apt-get cannot install it; ${manual}`;
  return undefined;
}

/**
 * Finds a Chromium, or installs one where that can be done unattended (Debian, as root).
 *
 * @param {(line: string) => void} log
 * @returns {Promise<{ path: string } | { reason: string }>}
 */
export async function ensureChromium(log) {
  const found = findChromium();
  if (found) return { path: found };
  const reason = whyNotInstallable();
  if (reason) return { reason };

  log("Setup: installing Chromium for the browser tests (the first time only) ...");
  const env = { ...toolEnv, DEBIAN_FRONTEND: "noninteractive" };
  const packages = ["chromium", "libvulkan1"];
  await capture("apt-get", ["update"], { env, limitSeconds: 300 });
  const install = await capture(
    "apt-get",
    ["install", "-y", "--no-install-recommends", ...packages],
    { env, limitSeconds: 600 },
  );
  const path = findChromium();
  if (path) return { path };
  const lastLine = install.output.trim().split("\n").at(-1);
  return { reason: `apt-get could not install Chromium (${lastLine})` };
}
