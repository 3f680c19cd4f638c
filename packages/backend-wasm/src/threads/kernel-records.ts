import type { Kernel } from "../kernel.js";
import type { LinearMemory } from "../linear-memory.js";
import type { Crew } from "./crew.js";
import { control, kernelRecord, kernelRecordBytes } from "./layout.js";

/** Kernels of a list, after which a new one begins: at most two lists are in memory. */
export const kernelsOfList = 256;

/**
 * Kernels as workers get them: a list of records in shared memory. A worker that sleeps in
 * `Atomics.wait` would not see a message; what lies in memory it finds when it wakes.
 *
 * A full list is replaced by an empty one, so that a program that makes ever new kernels does not
 * fill the memory of all threads; those that are still used are published again. layout.ts says
 * when a list is freed.
 */
export class KernelRecords {
  private readonly memory: LinearMemory;
  private readonly crew: Crew;
  /** Those of the latest list. */
  private readonly ids = new Map<Kernel, number>();
  private nextId = 0;
  private list = 0;
  /** The word that takes the address of the next record. */
  private link: number = control.kernels;
  private latest: Stretch[] = [];
  /** Of the list before, as long as a worker may read them. */
  private replaced: Stretch[] = [];

  constructor(memory: LinearMemory, crew: Crew) {
    this.memory = memory;
    this.crew = crew;
  }

  /**
   * The id of a kernel, published if it is new; `undefined` if there is now no room for it, in
   * memory or because a worker does not know yet that the list before is gone.
   */
  idOf(kernel: Kernel): number | undefined {
    const known = this.ids.get(kernel);
    if (known !== undefined) return known;
    // What it is linked to must be in the same list.
    return this.makeRoom() ? this.publishLinked(kernel) : undefined;
  }

  private makeRoom(): boolean {
    if (this.replaced.length > 0 && this.crew.hasGoneOverTo(this.list)) {
      for (const { address, bytes } of this.replaced) this.memory.free(address, bytes);
      this.replaced = [];
    }
    if (this.ids.size < kernelsOfList) return true;
    if (this.replaced.length > 0) {
      this.crew.rouse();
      return false;
    }
    this.replaced = this.latest;
    this.latest = [];
    this.ids.clear();
    this.link = control.kernels;
    const { i32 } = this.memory.views;
    Atomics.store(i32, control.kernels, 0);
    Atomics.store(i32, control.list, ++this.list);
    return true;
  }

  private publishLinked(kernel: Kernel): number | undefined {
    const known = this.ids.get(kernel);
    if (known !== undefined) return known;
    const links: Record<string, number> = {};
    for (const [name, linked] of Object.entries(kernel.links ?? {})) {
      const id = this.publishLinked(linked);
      if (id === undefined) return undefined;
      links[name] = id;
    }
    return this.publish(kernel, new TextEncoder().encode(JSON.stringify(links)));
  }

  private publish(kernel: Kernel, links: Uint8Array): number | undefined {
    const { bytes } = kernel;
    const size = kernelRecordBytes + links.length + bytes.length;
    const at = this.memory.allocateOwn(size);
    if (at === undefined) return undefined;
    this.latest.push({ address: at, bytes: size });
    const id = this.nextId++;
    const { i32, u8 } = this.memory.views;
    const header = at >>> 2;
    i32[header + kernelRecord.next] = 0;
    i32[header + kernelRecord.id] = id;
    i32[header + kernelRecord.linksBytes] = links.length;
    i32[header + kernelRecord.moduleBytes] = bytes.length;
    u8.set(links, at + kernelRecordBytes);
    u8.set(bytes, at + kernelRecordBytes + links.length);
    Atomics.store(i32, this.link, at);
    this.link = header + kernelRecord.next;
    this.ids.set(kernel, id);
    return id;
  }
}

/** A piece of memory. */
interface Stretch {
  readonly address: number;
  readonly bytes: number;
}
