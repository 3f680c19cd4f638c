import type { BackendProvider } from "@blk/core";
import { messageOf } from "./message-of.js";
import { UsageError } from "./usage-error.js";

/**
 * The provider that a module exports or makes; `what` is how messages name the module. Throws
 * `UsageError`.
 */
export async function providerOf(
  module: Readonly<Record<string, unknown>>,
  what: string,
  threads?: number,
): Promise<BackendProvider> {
  const threadOption = threads === undefined ? {} : { threads };
  for (const exported of Object.values(module)) {
    if (isProvider(exported)) return exported;
  }
  const thrown: string[] = [];
  for (const [name, exported] of Object.entries(module)) {
    if (typeof exported !== "function") continue;
    try {
      const made: unknown = await (exported as (options: object) => unknown)(threadOption);
      if (isProvider(made)) return made;
    } catch (error) {
      // Perhaps not the function that makes the provider; told only when no other does.
      thrown.push(`${name} failed: ${messageOf(error)}`);
    }
  }
  const names = Object.keys(module).join(", ") || "nothing";
  const failures = thrown.length > 0 ? ` (${thrown.slice(0, 3).join("; ")})` : "";
  throw new UsageError(
    `${what} exports ${names}, but no backend provider and no function that returns one${failures}; export { name, specVersion, probe, create } or a function that makes it`,
  );
}

function isProvider(value: unknown): value is BackendProvider {
  if (typeof value !== "object" || value === null) return false;
  const { name, probe, create } = value as Partial<Record<keyof BackendProvider, unknown>>;
  return typeof name === "string" && typeof probe === "function" && typeof create === "function";
}
