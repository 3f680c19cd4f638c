/** Those of the known backends whose kernels are plain JavaScript: one number at a time. */
const scalarBackends: ReadonlySet<string> = new Set(["js"]);

/** Whether the roof of a backend is that of vectors; that of one which nobody knows here is. */
export function usesVectors(backend: string): boolean {
  return !scalarBackends.has(backend);
}
