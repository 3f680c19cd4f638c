import { randomBytes } from "node:crypto";
import { type FileHandle, open, readdir, rename, rm, stat } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { BlkError } from "@blk/core";
import { checkPath } from "./check-path.js";

/**
 * Writes a file so that a reader finds either all of it or what was there before, at whatever moment the
 * process is killed or the machine loses power: into a temporary file beside it, which is forced to
 * disk, takes the name, and then the folder is forced to disk too. What earlier processes left behind
 * when they were killed is removed.
 *
 * Throws `DATA` where the file cannot be written, and what `pieces` throws; nothing is changed then.
 * Of two that write at once, in one process or several, the last to finish wins, with a whole file.
 */
export async function writeAtomically(
  path: string,
  pieces: AsyncIterable<Uint8Array>,
): Promise<void> {
  checkPath("writing a file", path);
  const folder = dirname(resolve(path));
  const own = `${process.pid}.${randomBytes(4).toString("hex")}`;
  const temporary = join(folder, temporaryName(basename(path), own));
  await onDisk(path, () => removeLeftovers(folder, basename(path)));
  const file = await onDisk(path, () => open(temporary, "wx"));
  try {
    try {
      for await (const piece of pieces) await onDisk(path, () => writeAll(file, piece));
      await onDisk(path, () => file.sync());
    } finally {
      await file.close();
    }
    await onDisk(path, () => rename(temporary, path));
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  await onDisk(path, () => syncFolder(folder));
}

/** `.name.1234.9f86d081.partial`: of one process and one call, so that two never write into the same one. */
function temporaryName(name: string, own: string): string {
  return `.${name}.${own}.partial`;
}

async function writeAll(file: FileHandle, piece: Uint8Array): Promise<void> {
  let done = 0;
  while (done < piece.length) {
    const length = Math.min(piece.length - done, 2 ** 30);
    done += (await file.write(piece, done, length)).bytesWritten;
  }
}

async function removeLeftovers(folder: string, name: string): Promise<void> {
  const [before = "", after = ""] = temporaryName(name, "\0").split("\0");
  for (const found of await readdir(folder)) {
    if (!found.startsWith(before) || !found.endsWith(after)) continue;
    const middle = found.slice(before.length, found.length - after.length);
    const pid = /^(\d+)\.[\da-f]{8}$/.exec(middle)?.[1];
    if (pid !== undefined && (await isLeft(join(folder, found), Number(pid)))) {
      await rm(join(folder, found), { force: true });
    }
  }
}

/** Whether a temporary file is of a process that is no more: in a container, all may have the same number. */
async function isLeft(file: string, pid: number): Promise<boolean> {
  if (pid !== process.pid) return !isRunning(pid);
  const started = Date.now() - 1000 * process.uptime();
  const info = await stat(file).catch(() => undefined);
  return info !== undefined && info.mtimeMs < started;
}

function isRunning(pid: number): boolean {
  try {
    // Signal 0 asks and sends nothing.
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

/** The new name is on disk only with its folder. Windows opens no folders, and does not need it. */
async function syncFolder(folder: string): Promise<void> {
  if (process.platform === "win32") return;
  const handle = await open(folder, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function onDisk<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    throw new BlkError(
      "DATA",
      `cannot write ${path}: ${message}; choose a path in a folder that exists and has room`,
      { details: { path, code }, cause },
    );
  }
}
