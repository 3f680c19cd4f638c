import { bufferUsage } from "./constants.js";

/** Bytes of the window that a kernel sees of the parameters, at least: a power of two. */
const leastWindow = 2 ** 16;
const leastCapacity = 2 ** 20;

/** Where something was added. */
export interface Added {
  /** What a launch binds it by. */
  readonly group: GPUBindGroup;
  readonly memory: GPUBuffer;
  /** In bytes. */
  readonly offset: number;
}

/**
 * The parameters of all launches of a submission, in one buffer: each launch has a window of it
 * from an offset of its own. Small arrays that are written between them come along. The device runs writes and submissions in order, so every submission
 * uses the same memory again.
 */
export class ParamsBuffer {
  private readonly device: GPUDevice;
  private readonly layout: GPUBindGroupLayout;
  private readonly alignment: number;
  private memory: GPUBuffer | undefined;
  private staged: Int32Array<ArrayBuffer> = new Int32Array(leastCapacity / 4);
  private used = 0;
  private readonly groups = new Map<number, GPUBindGroup>();

  constructor(device: GPUDevice, layout: GPUBindGroupLayout) {
    this.device = device;
    this.layout = layout;
    this.alignment = device.limits.minStorageBufferOffsetAlignment;
  }

  /** Whether so many words have room beside what was added since the last submission. */
  hasRoom(words: number): boolean {
    if (this.used === 0) return true;
    const widest = (this.memory?.size ?? 0) - this.staged.byteLength;
    return 4 * words <= widest && this.used + 4 * words <= this.staged.byteLength;
  }

  /** Adds the parameters of a launch, or an array. */
  add(words: Uint32Array | Int32Array): Added {
    const offset = this.used;
    if (offset + words.byteLength > this.staged.byteLength) {
      this.staged = new Int32Array(2 ** Math.ceil(Math.log2(words.length)));
    }
    this.staged.set(words, offset / 4);
    // Something is always bound, so that an offset of nothing is not taken for an empty buffer.
    const bytes = Math.max(4, words.byteLength);
    this.used = Math.ceil((offset + bytes) / this.alignment) * this.alignment;
    const window = 2 ** Math.ceil(Math.log2(Math.max(leastWindow, words.byteLength)));
    const group = this.groupOf(window);
    return { group, memory: this.memory as GPUBuffer, offset };
  }

  /** Brings what was added to the device, before the submission that needs it. */
  flush(): void {
    if (this.used === 0 || this.memory === undefined) return;
    const bytes = Math.min(this.used, this.staged.byteLength);
    this.device.queue.writeBuffer(this.memory, 0, this.staged, 0, bytes / 4);
    this.used = 0;
  }

  private groupOf(window: number): GPUBindGroup {
    const size = this.staged.byteLength + window;
    if (this.memory === undefined || this.memory.size < size) {
      // What was recorded with the old memory keeps it: it is destroyed when nobody refers to it.
      const usage = bufferUsage.storage | bufferUsage.copyTarget | bufferUsage.copySource;
      this.memory = this.device.createBuffer({ label: "params", size, usage });
      this.groups.clear();
    }
    let group = this.groups.get(window);
    if (group === undefined) {
      const resource = { buffer: this.memory, size: window };
      const entries = [{ binding: 0, resource }];
      group = this.device.createBindGroup({ label: "params", layout: this.layout, entries });
      this.groups.set(window, group);
    }
    return group;
  }
}
