/** Files as bytes, for tests: built by hand, and not by what is tested. */

/** A file with this header, whatever it says, and these bytes behind it. */
export function fileOf(header: string | object, data: ArrayLike<number> = []): Uint8Array {
  const text = typeof header === "string" ? header : JSON.stringify(header);
  const json = new TextEncoder().encode(text);
  const bytes = new Uint8Array(8 + json.length + data.length);
  new DataView(bytes.buffer).setUint32(0, json.length, true);
  bytes.set(json, 8);
  bytes.set(data, 8 + json.length);
  return bytes;
}

/** The entry of a tensor in a header. */
export function entry(dtype: string, shape: number[], begin: number, end: number): object {
  return { dtype, shape, data_offsets: [begin, end] };
}
