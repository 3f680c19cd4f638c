import type { HostArray } from "@blk/core";
import type { GpuBuffer } from "./buffers.js";
import type { Queue } from "./queue.js";
import type { Workspace } from "./workspace.js";

/** Copies an array into a buffer; devices copy whole words, so the halves at its ends need care. */
export function writeBytes(
  _workspace: Workspace,
  queue: Queue,
  { memory, byteLength }: GpuBuffer,
  data: HostArray,
  byteOffset: number,
): void {
  const bytes = new Uint8Array(data.buffer as ArrayBuffer, data.byteOffset, data.byteLength);
  if (bytes.length % 4 === 0 && byteOffset % 4 === 0) {
    queue.write(memory, bytes, byteOffset);
    return;
  }
  if (byteOffset % 4 === 0 && byteOffset + bytes.length === byteLength) {
    const padded = new Uint8Array(bytes.length + 2);
    padded.set(bytes);
    queue.write(memory, padded, byteOffset);
  }
}
