import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { isAbsolute, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";

/**
 * A module by its path, or an installed package: beside the bench, or else where the bench is called
 * from. Rejects with what the first of these said.
 */
export async function importInstalled(specifier: string): Promise<Record<string, unknown>> {
  const path = resolve(specifier);
  const isPath = specifier.startsWith(".") || isAbsolute(specifier) || existsSync(path);
  const url = isPath ? pathToFileURL(path).href : specifier;
  try {
    return (await import(url)) as Record<string, unknown>;
  } catch (error) {
    if (isPath) throw error;
    try {
      const found = createRequire(join(process.cwd(), "package.json")).resolve(specifier);
      return (await import(pathToFileURL(found).href)) as Record<string, unknown>;
    } catch {
      // The first error says more.
      throw error;
    }
  }
}
