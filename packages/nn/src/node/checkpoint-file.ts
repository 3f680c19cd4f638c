import { access, constants, stat } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { BlkError, isBlkError } from "@blk/core";
import type { CheckpointStore } from "../fit/checkpoint.js";
import { checkPath } from "./check-path.js";
import { readSafetensorsFile } from "./safetensors-on-disk.js";
import { writeAtomically } from "./write-atomically.js";

/**
 * A checkpoint in a file, which is there as a whole or as it was before, at whatever moment the process
 * is killed. A file for each run: of two runs at once, the last to save wins.
 *
 * Throws `ARGUMENT` for what is no path. Reading throws `DATA` for a file that is damaged and, before a run
 * begins in vain, for a folder that is not there or cannot be written to; writing, for a full disk and the like.
 *
 * ```ts
 * await fit(model, data, { …, checkpoint: { store: checkpointFile("run.safetensors") } });
 * ```
 */
export function checkpointFile(path: string): CheckpointStore {
  checkPath("checkpointFile", path);
  return {
    read: async (use) => {
      await checkFolder(path);
      if (!(await exists(path))) return undefined;
      let isOpen = false;
      try {
        return await readSafetensorsFile(path, (file) => {
          isOpen = true;
          return use(file);
        });
      } catch (cause) {
        if (isOpen || !isBlkError(cause, "DATA")) throw cause;
        throw new BlkError(
          "DATA",
          `checkpointFile: cannot go on from ${path}; remove it to start anew, or put a copy of it back (${cause.message})`,
          { details: { path }, cause },
        );
      }
    },
    write: (pieces) => writeAtomically(path, pieces),
  };
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    ({ code }: NodeJS.ErrnoException) => code !== "ENOENT",
  );
}

async function checkFolder(path: string): Promise<void> {
  const folder = dirname(resolve(path));
  try {
    await access(folder, constants.W_OK | constants.X_OK);
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    const problem = code === "ENOENT" ? "there is no such folder" : message;
    throw new BlkError(
      "DATA",
      `checkpointFile: cannot save to ${path}: ${folder}: ${problem}; choose a path in a folder that exists and can be written to`,
      { details: { path, code }, cause },
    );
  }
}
