import { bufferUsage, mapForReading } from "./constants.js";

/** Memories for reading that are kept for the next time, at most, of each size. */
const keptOfASize = 4;

/** Copies memory of the device to the host, by way of memories that are used again. */
export class Readback {
  private readonly device: GPUDevice;
  private readonly idle = new Map<number, GPUBuffer[]>();
  private read = 0;

  constructor(device: GPUDevice) {
    this.device = device;
  }

  /** Bytes that were copied so far. */
  get bytes(): number {
    return this.read;
  }

  /** `size` bytes from `offset` on, after all submitted work; both are multiples of four. */
  async copy(memory: GPUBuffer, offset: number, size: number): Promise<ArrayBuffer> {
    if (size === 0) return new ArrayBuffer(0);
    this.read += size;
    const staging = this.take(2 ** Math.ceil(Math.log2(Math.max(256, size))));
    const encoder = this.device.createCommandEncoder({ label: "read" });
    encoder.copyBufferToBuffer(memory, offset, staging, 0, size);
    this.device.queue.submit([encoder.finish()]);
    await staging.mapAsync(mapForReading, 0, size);
    const bytes = staging.getMappedRange(0, size).slice(0);
    staging.unmap();
    this.keep(staging);
    return bytes;
  }

  close(): void {
    for (const memories of this.idle.values()) for (const memory of memories) memory.destroy();
    this.idle.clear();
  }

  private take(size: number): GPUBuffer {
    const usage = bufferUsage.mapRead | bufferUsage.copyTarget;
    return (
      this.idle.get(size)?.pop() ?? this.device.createBuffer({ label: "staging", size, usage })
    );
  }

  private keep(memory: GPUBuffer): void {
    const { size } = memory;
    const idle = this.idle.get(size) ?? [];
    this.idle.set(size, idle);
    if (idle.length < keptOfASize) idle.push(memory);
    else memory.destroy();
  }
}
