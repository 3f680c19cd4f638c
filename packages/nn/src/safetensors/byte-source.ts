import { BlkError } from "@blk/core";

/**
 * Where the bytes of a file come from, a piece at a time: memory, a `Blob` of a page, an open file, or
 * anything else that can do these two.
 */
export interface ByteSource {
  readonly size: number;
  /** The bytes from `start` to `end` (exclusive); may share memory with the source. */
  read(start: number, end: number): Promise<Uint8Array>;
}

/** A file as it is given: its bytes, or where they come from. */
export type Bytes = Uint8Array | ArrayBuffer | Blob | ByteSource;

/** Throws `ARGUMENT` for anything else. */
export function byteSource(bytes: Bytes): ByteSource {
  if (bytes instanceof Uint8Array) {
    return { size: bytes.length, read: async (start, end) => bytes.subarray(start, end) };
  }
  if (bytes instanceof ArrayBuffer) return byteSource(new Uint8Array(bytes));
  if (typeof Blob !== "undefined" && bytes instanceof Blob) {
    const read = async (start: number, end: number): Promise<Uint8Array> =>
      new Uint8Array(await bytes.slice(start, end).arrayBuffer());
    return { size: bytes.size, read };
  }
  if (typeof (bytes as Partial<ByteSource> | null)?.read === "function") return bytes as ByteSource;
  throw new BlkError(
    "ARGUMENT",
    "safetensors: expected a Uint8Array, an ArrayBuffer, a Blob or { size, read }; of a file in Node, readSafetensorsFile(path) of @blk/nn/node",
  );
}

/** All of the bytes asked for. Throws `DATA` for fewer: the file became shorter meanwhile. */
export async function readExactly(
  source: ByteSource,
  start: number,
  end: number,
): Promise<Uint8Array> {
  const bytes = await source.read(start, end);
  if (bytes.length === end - start) return bytes;
  throw new BlkError(
    "DATA",
    `safetensors: expected ${end - start} bytes from ${start}, got ${bytes.length}; the file changed while it was read`,
  );
}
