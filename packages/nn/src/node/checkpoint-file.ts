import { existsSync } from "node:fs";
import type { CheckpointStore } from "../fit/checkpoint.js";
import { readSafetensorsFile } from "./safetensors-on-disk.js";
import { writeAtomically } from "./write-atomically.js";

/**
 * A checkpoint in a file, which is there as a whole or as it was before, at whatever moment the process
 * is killed.
 *
 * ```ts
 * await fit(model, data, { …, checkpoint: { store: checkpointFile("run.safetensors") } });
 * ```
 */
export function checkpointFile(path: string): CheckpointStore {
  return {
    read: async (use) => (existsSync(path) ? readSafetensorsFile(path, use) : undefined),
    write: (pieces) => writeAtomically(path, pieces),
  };
}
