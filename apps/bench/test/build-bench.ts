import { mkdtemp } from "node:fs/promises";
import { basename, join } from "node:path";
import { build, type Options } from "tsup";
import config from "../../../.ci/tsup.config.ts";
import { benchFolder } from "../src/bench-folder.js";

/**
 * Builds the program and its page as they are shipped, and further modules beside it. The folder is
 * below this app, for the program looks for its folder above.
 */
export async function buildBench(...further: readonly string[]): Promise<string> {
  const folder = await mkdtemp(join(benchFolder(), "node_modules", ".bench-"));
  for (const options of config as readonly Options[]) {
    const isPage = basename(options.outDir ?? "") === "page";
    const entry = options.entry as string[];
    await build({
      ...options,
      config: false,
      clean: false,
      sourcemap: false,
      entry: isPage ? entry : [...entry, ...further],
      outDir: isPage ? join(folder, "page") : folder,
    });
  }
  return folder;
}
