/**
 * Modules of Node's own, without an import that a bundler for pages would stumble over.
 */

interface NodeProcess {
  readonly versions?: { readonly node?: string };
  readonly getBuiltinModule?: (name: string) => unknown;
}

function nodeProcess(): NodeProcess | undefined {
  return (globalThis as { process?: NodeProcess }).process;
}

/** Whether this runs in Node, or in something that offers Node's modules. */
export function hasNodeBuiltins(): boolean {
  return typeof nodeProcess()?.versions?.node === "string";
}

/** A module of Node's at once, where Node can do that (20.16, 22.3 and newer). */
export function nodeBuiltin<M>(name: string): M | undefined {
  return nodeProcess()?.getBuiltinModule?.(name) as M | undefined;
}

/** A module of Node's. The name is a variable, and marked, so that bundlers leave it alone. */
export async function importNodeBuiltin<M>(name: string): Promise<M> {
  const found = nodeBuiltin<M>(name);
  return found ?? ((await import(/* @vite-ignore */ /* webpackIgnore: true */ name)) as M);
}
