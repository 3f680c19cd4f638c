import type { ModuleBuilder } from "./assembler.js";

type Exported = (...given: (number | bigint)[]) => unknown;

/** The functions that a module exports, in an instance of it. */
export function instantiate(
  m: ModuleBuilder,
  imports: WebAssembly.Imports = {},
): Readonly<Record<string, Exported>> {
  const instance = new WebAssembly.Instance(new WebAssembly.Module(m.build()), imports);
  return instance.exports as Record<string, Exported>;
}

/** A memory of some pages, and what to import it with. */
export function memoryOf(pages: number) {
  const memory = new WebAssembly.Memory({ initial: pages, maximum: pages });
  return { imports: { env: { memory } }, buffer: memory.buffer };
}
