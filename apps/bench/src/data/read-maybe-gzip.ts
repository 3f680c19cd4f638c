import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { gunzip } from "node:zlib";
import { BlkError } from "@blk/core";

const gunzipAsync = promisify(gunzip);

export interface FileRequest {
  readonly directory: string;
  /** Its name without `.gz`; the plain file is preferred where both are there. */
  readonly name: string;
  /** What messages tell the reader to do, as a clause: "install it again". */
  readonly remedy: string;
  /** The sha256 in hex that the file on disk must have. */
  readonly sha256?: string;
}

/** The path of the file, plain or with `.gz`; `undefined` when neither is there. */
export function findMaybeGzip(directory: string, name: string): string | undefined {
  return [join(directory, name), join(directory, `${name}.gz`)].find((path) => existsSync(path));
}

/**
 * Reads a file that may be compressed with gzip.
 *
 * @returns where it was found, and its uncompressed bytes.
 * @throws BlkError `DATA` when it is missing, unreadable, corrupt, or not the one expected.
 */
export async function readMaybeGzip(
  request: FileRequest,
): Promise<{ readonly path: string; readonly bytes: Uint8Array }> {
  const { directory, name, remedy, sha256 } = request;
  const path = findMaybeGzip(directory, name);
  if (path === undefined) {
    throw new BlkError("DATA", `${join(directory, name)}[.gz]: no such file; ${remedy}`, {
      details: { file: join(directory, name) },
    });
  }
  const refuse = (what: string, cause?: unknown): BlkError =>
    new BlkError("DATA", `${path}: ${what}; ${remedy}`, { details: { file: path }, cause });

  let stored: Uint8Array;
  try {
    stored = await readFile(path);
  } catch (cause) {
    throw refuse(`cannot be read (${String(cause)})`, cause);
  }
  if (sha256 !== undefined) {
    const actual = createHash("sha256").update(stored).digest("hex");
    if (actual !== sha256) {
      throw refuse(`its sha256 is ${actual} and not ${sha256}, so it is damaged or changed`);
    }
  }
  if (!path.endsWith(".gz")) return { path, bytes: stored };
  try {
    return { path, bytes: await gunzipAsync(stored) };
  } catch (cause) {
    throw refuse(`is no intact gzip file (${String(cause)})`, cause);
  }
}
