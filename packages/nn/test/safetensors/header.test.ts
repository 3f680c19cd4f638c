import { describe, expect, test } from "vitest";
import { openSafetensors } from "../../src/index.js";
import { entry, fileOf } from "./files.js";

const f32 = (begin: number, end: number): object => entry("F32", [(end - begin) / 4], begin, end);
const zeros = (count: number): Uint8Array => new Uint8Array(count);

describe("a file is refused", () => {
  const withLength = (low: number, high: number): Uint8Array => {
    const bytes = fileOf({ a: f32(0, 4) }, zeros(4));
    new DataView(bytes.buffer).setUint32(0, low, true);
    new DataView(bytes.buffer).setUint32(4, high, true);
    return bytes;
  };

  test.each<[string, Uint8Array, string]>([
    ["without a byte", zeros(0), "at least 8 bytes, but there are 0"],
    ["of seven bytes", zeros(7), "at least 8 bytes, but there are 7"],
    ["of an empty header", zeros(8), "does not begin with {"],
    ["whose header ends behind it", withLength(1000, 0), "only"],
    ["whose header is 4 GiB", withLength(0, 1), "more than 100000000"],
    ["whose header is 2⁶⁴ − 1 bytes", withLength(0xffffffff, 0xffffffff), "more than 100000000"],
    ["whose header begins with a space", fileOf(' {"a":1}'), "does not begin with {"],
    ["whose header is an array", fileOf("[]"), "does not begin with {"],
    ["with a byte order mark", fileOf("\ufeff{}"), "does not begin with {"],
    ["whose header is not UTF-8", breakText(fileOf('{"é":{}}')), "not UTF-8"],
    ["of a tensor without fields", fileOf({ a: {} }), "must have dtype, shape, data_offsets"],
    [
      "of a tensor with a field more",
      fileOf({ a: { ...f32(0, 0), b: 1 } }),
      "must have dtype, shape, data_offsets and nothing else",
    ],
    ["of a tensor that is no object", fileOf({ a: 1 }), "must have dtype, shape, data_offsets"],
    ["of an unknown type", fileOf({ a: entry("F33", [], 0, 4) }, zeros(4)), '"F33"; known are'],
    ["of a type of an object", fileOf({ a: entry("toString", [], 0, 0) }), "known are"],
    ["of a shape that is no list", fileOf({ a: { ...f32(0, 0), shape: 1 } }), "no list of numbers"],
    ["of three offsets", fileOf({ a: { ...f32(0, 0), data_offsets: [0, 0, 0] } }), "two numbers"],
    [
      "of a negative size",
      fileOf('{"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,0]}}'),
      "0 to",
    ],
    ["that ends before it begins", fileOf({ a: entry("F32", [], 4, 0) }, zeros(4)), "before it"],
    ["with too few bytes", fileOf({ a: entry("F32", [2], 0, 4) }, zeros(4)), "needs 8 bytes, but"],
    ["with too many bytes", fileOf({ a: entry("F32", [2], 0, 12) }, zeros(12)), "needs 8 bytes"],
    [
      "of 2⁵³ elements",
      fileOf({ a: entry("U8", [2 ** 27, 2 ** 26], 0, 0) }),
      "has no whole number of bytes",
    ],
    [
      "of sizes that overflow before a zero",
      fileOf({ a: entry("U8", [2 ** 52, 2 ** 52, 0], 0, 0) }),
      "has no whole number of bytes",
    ],
    ["of half a byte", fileOf({ a: entry("F4", [3], 0, 1) }, zeros(1)), "no whole number of bytes"],
    ["with an overlap", fileOf({ a: f32(0, 8), b: f32(4, 12) }, zeros(12)), "overlaps tensor"],
    ["with a tensor twice over", fileOf({ a: f32(0, 4), b: f32(0, 4) }, zeros(4)), "overlaps"],
    ["with a hole", fileOf({ a: f32(0, 4), b: f32(8, 12) }, zeros(12)), "leaves a hole after"],
    ["with a hole at first", fileOf({ a: f32(4, 8) }, zeros(8)), "leaves a hole after the header"],
    ["with bytes behind its tensors", fileOf({ a: f32(0, 4) }, zeros(5)), "but 5 follow"],
    ["whose data is cut off", fileOf({ a: f32(0, 8) }, zeros(7)), "but 7 follow"],
    ["with a name twice", fileOf('{"a":{},"a":{}}'), "there twice"],
    ["with metadata twice", fileOf('{"__metadata__":{},"__metadata__":{}}'), "there twice"],
    ["with metadata that is a list", fileOf({ __metadata__: [] }), "is no object"],
    ["with metadata that is a number", fileOf({ __metadata__: { a: 1 } }), 'no text at "a"'],
    ["of deep nesting", fileOf(`{"a":${"[".repeat(1e5)}`), "nested more than 3 deep"],
  ])("%s", async (_, bytes, message) => {
    await expect(openSafetensors(bytes)).rejects.toThrowError(
      expect.objectContaining({ code: "DATA", message: expect.stringContaining(message) }),
    );
  });
});

function breakText(bytes: Uint8Array): Uint8Array {
  bytes[bytes.indexOf(0xc3) + 1] = 0x41;
  return bytes;
}

test("a file is accepted: tensors in any order, empty ones, elements of less than a byte", async () => {
  const header = {
    last: entry("F4", [2, 3], 4, 7),
    empty: entry("F64", [3, 0], 4, 4),
    number: entry("F32", [], 0, 4),
    __metadata__: { __proto__x: "é" },
  };
  const file = await openSafetensors(fileOf(`${JSON.stringify(header)}    `, zeros(7)));
  expect([...file.tensors.keys()]).toEqual(["last", "empty", "number"]);
  expect(file.tensors.get("empty")).toEqual({ dtype: "F64", shape: [3, 0], offsets: [4, 4] });
  expect(await file.bytes("last")).toHaveLength(3);
  expect([...file.metadata]).toEqual([["__proto__x", "é"]]);
  await expect(file.bytes("first")).rejects.toThrowError(
    expect.objectContaining({ code: "ARGUMENT", message: expect.stringContaining('"first"') }),
  );
});
