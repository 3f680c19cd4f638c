import type { Kernel } from "../kernel.js";
import type { LinearMemory } from "../linear-memory.js";
import { control, kernelRecord, kernelRecordBytes } from "./layout.js";

/**
 * Kernels as workers get them: a list of records in shared memory, which only grows. A worker that
 * sleeps in `Atomics.wait` would not see a message; what lies in memory it finds when it wakes.
 */
export class KernelRecords {
  private readonly memory: LinearMemory;
  private readonly ids = new Map<Kernel, number>();
  /** The word that takes the address of the next record. */
  private link: number = control.kernels;

  constructor(memory: LinearMemory) {
    this.memory = memory;
  }

  /** The id of a kernel, published if it is new; `undefined` if memory has no room for it. */
  idOf(kernel: Kernel): number | undefined {
    const known = this.ids.get(kernel);
    if (known !== undefined) return known;
    const links: Record<string, number> = {};
    for (const [name, linked] of Object.entries(kernel.links ?? {})) {
      const id = this.idOf(linked);
      if (id === undefined) return undefined;
      links[name] = id;
    }
    return this.publish(kernel, new TextEncoder().encode(JSON.stringify(links)));
  }

  private publish(kernel: Kernel, links: Uint8Array): number | undefined {
    const { bytes } = kernel;
    const at = this.memory.allocate(kernelRecordBytes + links.length + bytes.length);
    if (at === undefined) return undefined;
    const id = this.ids.size;
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
