import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/**
 * The folder of this app, whether its code runs from `src/` or bundled from `dist/`: the nearest
 * folder above this file whose `package.json` is that of `@blk/bench`.
 *
 * @throws Error when the code was copied away from its app.
 */
export function benchFolder(): string {
  const start = dirname(fileURLToPath(import.meta.url));
  for (let folder = start; ; folder = dirname(folder)) {
    const manifest = join(folder, "package.json");
    if (existsSync(manifest) && nameIn(manifest) === "@blk/bench") return folder;
    if (folder === dirname(folder)) {
      throw new Error(`no folder above ${start} holds @blk/bench; run the bench from its own app`);
    }
  }
}

function nameIn(manifest: string): unknown {
  return (JSON.parse(readFileSync(manifest, "utf8")) as { name?: unknown }).name;
}
