import { type FileHandle, open } from "node:fs/promises";
import { BlkError, isBlkError } from "@blk/core";
import {
  type ByteSource,
  openSafetensors,
  type SafetensorsFile,
  streamSafetensors,
  type Tensors,
  type WriteOptions,
} from "../safetensors/index.js";
import { checkPath } from "./check-path.js";
import { writeAtomically } from "./write-atomically.js";

/**
 * Opens a safetensors file on disk for as long as `use` runs, and hands on what it gives. Tensors are
 * read when they are asked for, so a file may be larger than memory.
 *
 * Throws `ARGUMENT` for what is no path, `DATA` for a file that is missing, cannot be read or breaks a rule of the format, and what
 * `use` throws.
 *
 * ```ts
 * using w = await readSafetensorsFile("model.safetensors", (file) => file.matrix(backend, "w"));
 * ```
 */
export async function readSafetensorsFile<T>(
  path: string,
  use: (file: SafetensorsFile) => T | Promise<T>,
): Promise<T> {
  checkPath("readSafetensorsFile", path);
  const handle = await opened(path);
  try {
    return await use(await headerRead(path, handle));
  } finally {
    await handle.close();
  }
}

async function headerRead(path: string, handle: FileHandle): Promise<SafetensorsFile> {
  const info = await handle.stat();
  if (!info.isFile()) {
    const details = { path };
    throw new BlkError("DATA", `readSafetensorsFile: ${path} is a folder or device, not a file`, {
      details,
    });
  }
  try {
    return await openSafetensors(sourceOf(handle, info.size));
  } catch (cause) {
    if (!isBlkError(cause, "DATA")) throw cause;
    throw new BlkError("DATA", `readSafetensorsFile: ${path}: ${cause.message}`, {
      details: { path },
      cause,
    });
  }
}

/**
 * Writes a safetensors file, a tensor at a time. The file is there as a whole or, if anything goes
 * wrong or the process is killed, as it was before.
 *
 * Throws `ARGUMENT` for what is no path, what `encodeSafetensors` throws, and `DATA` where the file cannot be written.
 *
 * ```ts
 * await writeSafetensorsFile("model.safetensors", { w, b });
 * ```
 */
export async function writeSafetensorsFile(
  path: string,
  tensors: Tensors,
  options: WriteOptions = {},
): Promise<void> {
  await writeAtomically(path, streamSafetensors(tensors, options));
}

async function opened(path: string): Promise<FileHandle> {
  try {
    return await open(path, "r");
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    const problem = code === "ENOENT" ? "there is no such file" : message;
    throw new BlkError("DATA", `readSafetensorsFile: cannot open ${path}: ${problem}`, {
      details: { path, code },
      cause,
    });
  }
}

function sourceOf(handle: FileHandle, size: number): ByteSource {
  return {
    size,
    async read(start, end) {
      const bytes = new Uint8Array(end - start);
      let done = 0;
      while (done < bytes.length) {
        // A call reads 2 GiB at most.
        const length = Math.min(bytes.length - done, 2 ** 30);
        const { bytesRead } = await handle.read(bytes, done, length, start + done);
        if (bytesRead === 0) return bytes.subarray(0, done);
        done += bytesRead;
      }
      return bytes;
    },
  };
}
