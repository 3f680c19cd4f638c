import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import { UsageError } from "../usage-error.js";

const names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

/**
 * The path of an installed Chromium: what CHROMIUM_PATH names, or else the first one on PATH. Throws
 * `UsageError` with what to install.
 */
export function findChromium(env: NodeJS.ProcessEnv = process.env): string {
  const { CHROMIUM_PATH: named, PATH: path = "" } = env;
  if (named) {
    if (isProgram(named)) return named;
    throw new UsageError(
      `--browser needs a Chromium, and CHROMIUM_PATH is no program: ${named}; set it to the path of one`,
    );
  }
  const folders = path.split(delimiter).filter((folder) => folder !== "");
  const found = names
    .flatMap((name) => folders.map((folder) => join(folder, name)))
    .find((file) => isProgram(file));
  if (found !== undefined) return found;
  throw new UsageError(
    "--browser needs a Chromium, and none is on PATH; install one (on Debian: apt-get install chromium libvulkan1), or set CHROMIUM_PATH to the path of one",
  );
}

function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
