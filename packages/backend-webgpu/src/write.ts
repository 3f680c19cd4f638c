import { BlkError, type HostArray, type MatrixView } from "@blk/core";
import type { GpuBuffer } from "./buffers.js";
import { launchTasks, type Task } from "./kernel-tasks.js";
import { writeHalfKernel } from "./kernels/write-half.js";
import { bind } from "./operands.js";
import type { Queue } from "./queue.js";
import type { Workspace } from "./workspace.js";

/**
 * Copies an array into a buffer. Devices copy whole words: a half of a word at either end is written
 * by a kernel, which keeps the other half.
 *
 * Throws `ARGUMENT` where the offset is in the middle of a half.
 */
export function writeBytes(
  workspace: Workspace,
  queue: Queue,
  buffer: GpuBuffer,
  data: HostArray,
  byteOffset: number,
): void {
  if (byteOffset % 2 !== 0) {
    throw new BlkError(
      "ARGUMENT",
      `write: byteOffset must be a multiple of the element's size, got ${byteOffset}`,
    );
  }
  const bytes = new Uint8Array(data.buffer as ArrayBuffer, data.byteOffset, data.byteLength);
  const end = byteOffset + bytes.length;
  const firstWord = Math.ceil(byteOffset / 4) * 4;
  const lastWord = Math.max(firstWord, Math.floor(end / 4) * 4);
  const halves: number[] = [];
  if (byteOffset < Math.min(firstWord, end)) halves.push(byteOffset);
  if (lastWord < end) halves.push(lastWord);
  if (firstWord < lastWord) {
    const whole = bytes.subarray(firstWord - byteOffset, lastWord - byteOffset);
    queue.write(buffer.memory, whole, firstWord);
  }
  const tasks = halves.map((at) => {
    const [low = 0, high = 0] = bytes.subarray(at - byteOffset);
    return writeHalf(workspace, buffer, at / 2, low | (high << 8));
  });
  launchTasks(workspace, tasks, {
    operation: "write",
    header: new Int32Array(0),
    kernelOf: (bindings) => workspace.kernel("write_half", () => writeHalfKernel(bindings)),
  });
}

function writeHalf({ buffers }: Workspace, buffer: GpuBuffer, index: number, bits: number): Task {
  const at = { offset: index, rowStride: 1, colStride: 1 };
  const view: MatrixView = { buffer, dtype: "f16", rows: 1, cols: 1, ...at };
  const bindings = bind(buffers, [{ view, isWritten: true }], "write");
  return { bindings, tiles: 1, words: [index, bits] };
}
