import { chmod, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { findChromium } from "../src/browser/find-chromium.js";
import { messageOf } from "../src/message-of.js";

/** The Chromium of this machine; without one, what the names of tests that need it say. */
export function chromiumHere(): { readonly path: string; readonly skipped: string } {
  try {
    if (process.platform === "win32") throw new Error("the stand-in is a shell script");
    return { path: findChromium(), skipped: "" };
  } catch (error) {
    return { path: "", skipped: ` (skipped: ${messageOf(error)})` };
  }
}

/** A program in `folder` that is this Chromium and writes its process id to `chromium.pid`. */
export async function notingPid(folder: string, chromium: string): Promise<string> {
  const file = join(folder, "noting-chromium");
  await writeFile(
    file,
    `#!/bin/sh\necho $$ > '${join(folder, "chromium.pid")}'\nexec '${chromium}' "$@"\n`,
  );
  await chmod(file, 0o755);
  return file;
}

/** A folder as the page is built to, with `body` as what `runInPage(request, emit)` does. */
export async function fakePage(folder: string, body: string): Promise<string> {
  const page = join(folder, "page");
  await mkdir(page, { recursive: true });
  const module = `export const runInPage = async (request, emit) => {\n${body}\n};\n`;
  await writeFile(join(page, "run-in-page.js"), module);
  return page;
}
