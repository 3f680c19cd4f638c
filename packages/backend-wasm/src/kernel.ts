/**
 * A unit of compiled code: a module and what must be known to run it. It is plain data, so that a
 * thread can be given it through shared memory.
 *
 * The module imports the backend's memory as `env.memory` and exports
 * `run(items, from, to, scratch)`, which computes the items number `from` up to `to` (exclusive).
 * Item i is described by `itemBytes` bytes at `items + i·itemBytes`. The items of a call are
 * independent: any thread may compute any of them, in any order.
 */
export interface Kernel {
  /** A grammatical name derived from the parameters: the key of caches, and what profiles show. */
  readonly name: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly itemBytes: number;
  /** Bytes of scratch memory that a thread hands to `run`, aligned to 64. */
  readonly scratchBytes: number;
  /** Kernels whose exports this one imports, by the name of the import's module. */
  readonly links?: Readonly<Record<string, Kernel>>;
}

/** The export of a kernel's instance that computes items. */
export type Run = (items: number, from: number, to: number, scratch: number) => void;
