import { BlkError } from "@blk/core";

/** An array of unsigned bytes, in row-major order. */
export interface IdxArray {
  /** The sizes of its dimensions, slowest first. */
  readonly shape: readonly number[];
  /** As many bytes as the product of `shape`; a window on the bytes that were parsed. */
  readonly data: Uint8Array;
}

export interface IdxExpectation {
  /** How messages name the file. */
  readonly file: string;
  /** What messages tell the reader to do, as a clause: "install it again". */
  readonly remedy: string;
  /** The sizes that the array must have; `undefined` where any will do. */
  readonly shape: readonly (number | undefined)[];
}

const unsignedByte = 0x08;

/**
 * Parses an IDX file of unsigned bytes: two zero bytes, the type (8), the number of dimensions, each
 * size as a big-endian 32-bit integer, then the values.
 *
 * @param bytes the whole file, uncompressed.
 * @throws BlkError `DATA` when the bytes are not exactly such an array.
 */
export function parseIdx(bytes: Uint8Array, expected: IdxExpectation): IdxArray {
  const refuse = (what: string): BlkError =>
    new BlkError("DATA", `${expected.file}: ${what}; ${expected.remedy}`, {
      details: { file: expected.file, byteLength: bytes.length },
    });

  if (bytes.length < 4)
    throw refuse(`an IDX file has a magic of 4 bytes, this has ${bytes.length}`);
  const magic = [...bytes.subarray(0, 4)];
  const wanted = [0, 0, unsignedByte, expected.shape.length];
  if (!sameShape(magic, wanted)) {
    throw refuse(
      `the magic is ${hex(magic)} and not ${hex(wanted)}, so it is not the IDX file wanted`,
    );
  }

  const headerLength = 4 + 4 * expected.shape.length;
  if (bytes.length < headerLength) {
    throw refuse(`truncated: the header has ${headerLength} bytes, the file ${bytes.length}`);
  }
  const header = new DataView(bytes.buffer, bytes.byteOffset, headerLength);
  const shape = expected.shape.map((_, index) => header.getUint32(4 + 4 * index));
  if (!sameShape(shape, expected.shape)) {
    throw refuse(`it holds ${times(shape)} values, expected ${times(expected.shape)}`);
  }

  const length = shape.reduce((product, size) => product * size, 1);
  const rest = bytes.length - headerLength;
  if (rest < length)
    throw refuse(`truncated: ${times(shape)} is ${length} bytes, ${rest} are there`);
  if (rest > length) {
    throw refuse(`${rest - length} bytes too many follow the ${times(shape)} values`);
  }
  return { shape, data: bytes.subarray(headerLength) };
}

function sameShape(actual: readonly number[], expected: readonly (number | undefined)[]): boolean {
  return expected.every((size, index) => size === undefined || size === actual[index]);
}

function times(shape: readonly (number | undefined)[]): string {
  return shape.map((size) => size ?? "any").join("×");
}

function hex(bytes: readonly number[]): string {
  return `0x${bytes.map((byte) => byte.toString(16).padStart(2, "0")).join("")}`;
}
