import { js } from "@blk/backend-js";
import { type Backend, isBlkError, openBackend } from "@blk/core";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  type ByteSource,
  type Bytes,
  encodeSafetensors,
  openSafetensors,
  type SafetensorsFile,
} from "../../src/index.js";
import { entry, fileOf } from "./files.js";

let backend: Backend;
beforeAll(async () => {
  backend = await openBackend([js()]);
});
afterAll(() => backend.dispose());

/** One tensor named "t". */
function tensor(
  dtype: string,
  shape: number[],
  elements: ArrayBufferView,
): Promise<SafetensorsFile> {
  const bytes = new Uint8Array(elements.buffer, elements.byteOffset, elements.byteLength);
  return openSafetensors(fileOf({ t: entry(dtype, shape, 0, bytes.length) }, bytes));
}

describe("a tensor as a matrix", () => {
  const six = Float32Array.of(1, 2, 3, 4, 5, 6);

  test.each<[number[], number, number]>([
    [[6], 1, 6],
    [[6, 1], 6, 1],
    [[2, 3], 2, 3],
    [[1, 2, 3], 2, 3],
    [[3, 1, 2], 3, 2],
  ])("of shape %j is %i×%i", async (shape, rows, cols) => {
    const file = await tensor("F32", shape, six);
    using matrix = await file.matrix(backend, "t");
    expect([matrix.rows, matrix.cols, matrix.dtype]).toEqual([rows, cols, "f32"]);
    expect(await matrix.toArray()).toEqual(six);
  });

  test("of no dimension is 1×1", async () => {
    using matrix = await (await tensor("F64", [], Float64Array.of(7))).matrix(backend, "t");
    expect(await matrix.toRows()).toEqual([[7]]);
  });

  test("is cut and rounded as asked", async () => {
    const file = await tensor("F32", [2, 3], six);
    using matrix = await file.matrix(backend, "t", {
      dtype: "f16",
      blockRows: 1,
      blockCols: [1, 2],
    });
    expect(matrix.dtype).toBe("f16");
    expect(matrix.colPartition.lengths).toEqual([1, 2]);
    expect(await matrix.toRows()).toEqual([
      [1, 2, 3],
      [4, 5, 6],
    ]);
  });

  test.each<[string, ArrayBufferView, number[]]>([
    ["BF16", Uint16Array.of(0x3f80, 0xc000, 0x7f80), [1, -2, Number.POSITIVE_INFINITY]],
    ["F16", Uint16Array.of(0x3c00, 0x8001), [1, -(2 ** -24)]],
    ["I16", Int16Array.of(-32768, 32767), [-32768, 32767]],
    ["U16", Uint16Array.of(65535), [65535]],
    ["I8", Int8Array.of(-128, 127), [-128, 127]],
    ["U8", Uint8Array.of(255), [255]],
    ["BOOL", Uint8Array.of(0, 1), [0, 1]],
    ["I32", Int32Array.of(-(2 ** 31)), [-(2 ** 31)]],
  ])("of %s is widened exactly", async (dtype, elements, expected) => {
    const file = await tensor(dtype, [expected.length], elements);
    using matrix = await file.matrix(backend, "t");
    expect([...(await matrix.toArray())]).toEqual(expected);
  });

  test.each(["I64", "U64", "C64"])("of %s is refused, and its bytes are there", async (dtype) => {
    const file = await tensor(dtype, [1], new Uint8Array(8).fill(1));
    await expect(file.matrix(backend, "t")).rejects.toThrowError(
      expect.objectContaining({ code: "DTYPE", message: expect.stringContaining("bytes()") }),
    );
    expect(await file.bytes("t")).toEqual(new Uint8Array(8).fill(1));
  });
});

describe("cuts in the metadata", () => {
  const data = new Uint8Array(16);
  const withLayout = (layout: string, shape = [4]): Promise<SafetensorsFile> =>
    openSafetensors(
      fileOf({ w: entry("F32", shape, 0, 16), __metadata__: { "blk.layout": layout } }, data),
    );

  test.each([
    ["no object", "[]", "is no object"],
    ["no entry", '{"w":1}', "no object for"],
    ["no lengths", '{"w":{"rows":[2,2]}}', "no block lengths as cols"],
    ["too many rows", '{"w":{"rows":[9007199254740991,9007199254740991],"cols":[]}}', "more than"],
    ["half a block", '{"w":{"rows":[2],"cols":[2],"blocks":[0]}}', "no pairs"],
    ["a block outside", '{"w":{"rows":[2],"cols":[2],"blocks":[0,1]}}', "out of place"],
    ["a block twice", '{"w":{"rows":[2],"cols":[2],"blocks":[0,0,0,0]}}', "twice"],
    ["a name twice", '{"w":{},"w":{}}', "there twice"],
    ["deep nesting", "[".repeat(1e5), "nested more than"],
  ])("of %s are refused", async (_, layout, message) => {
    await expect(withLayout(layout)).rejects.toThrowError(
      expect.objectContaining({ code: "DATA", message: expect.stringContaining(message) }),
    );
  });

  test.each([
    ["of another size", '{"w":{"rows":[2,2],"cols":[2]}}'],
    ["of blocks of another size", '{"w":{"rows":[2,3],"cols":[2],"blocks":[1,0]}}'],
  ])("%s are refused where the tensor is read", async (_, layout) => {
    const file = await withLayout(layout, [4]);
    await expect(file.matrix(backend, "w")).rejects.toThrowError(
      expect.objectContaining({ code: "DATA", message: expect.stringContaining("does not fit") }),
    );
  });
});

describe("sources", () => {
  const bytes = fileOf({ t: entry("U8", [2], 0, 2) }, [1, 2]);

  test.each<[string, Bytes]>([
    ["Uint8Array", bytes],
    ["Uint8Array on a part of memory", new Uint8Array([0, ...bytes, 0]).subarray(1, -1)],
    ["ArrayBuffer", bytes.slice().buffer as ArrayBuffer],
    ["Blob", new Blob([bytes as Uint8Array<ArrayBuffer>])],
  ])("%s", async (_, source) => {
    expect(await (await openSafetensors(source)).bytes("t")).toEqual(Uint8Array.of(1, 2));
  });

  test("elements are a copy", async () => {
    const own = bytes.slice();
    const elements = await (await openSafetensors(own)).elements("t");
    own.fill(0);
    expect(elements).toEqual(Int32Array.of(1, 2));
  });

  test("what is no file is refused", async () => {
    await expect(openSafetensors("a path" as unknown as Bytes)).rejects.toThrowError(
      expect.objectContaining({ code: "ARGUMENT" }),
    );
  });

  test("a file that became shorter is noticed", async () => {
    const source: ByteSource = {
      size: bytes.length,
      read: async (start) => bytes.slice(start, start + 1),
    };
    await expect(openSafetensors(source)).rejects.toThrowError(/changed while it was read/);
  });
});

describe("damaged files", () => {
  /** Counts what is read, which is what is allocated before anything is known to be right. */
  function counted(bytes: Uint8Array): ByteSource & { read: ByteSource["read"]; total: number } {
    const source = {
      size: bytes.length,
      total: 0,
      read: async (start: number, end: number): Promise<Uint8Array> => {
        expect(start).toBeGreaterThanOrEqual(0);
        expect(end).toBeLessThanOrEqual(bytes.length);
        source.total += end - start;
        return bytes.subarray(start, end);
      },
    };
    return source;
  }

  const valid = fc
    .array(fc.tuple(fc.string(), fc.constantFrom("F32", "F16", "U8"), fc.nat(3), fc.nat(3)), {
      maxLength: 4,
    })
    .map(async (tensors) => {
      const raw = new Map(
        tensors.map(([name, dtype, rows, cols]) => {
          const bytes = new Uint8Array(rows * cols * { F32: 4, F16: 2, U8: 1 }[dtype]!);
          return [name, { dtype: dtype as "F32", shape: [rows, cols], bytes }];
        }),
      );
      raw.delete("__metadata__");
      const metadata = { a: "b" };
      return encodeSafetensors(raw, { metadata });
    });

  /** Places are shares of the file, so that they shrink with it. */
  const share = fc.double({ min: 0, max: 1, noNaN: true });
  const pieces = fc.constantFrom(
    ...['"', "{", "}", "[", "]", ",", ":", "0", "9", "99999999999999999999", "-", "\\u0000"],
    ...['"a":', "[[[[", '"dtype":"F32"', '"data_offsets":[0,4]', "\u0000", "é", "__metadata__"],
  );
  const mutation = fc.oneof(
    fc.record({ kind: fc.constant("set" as const), at: share, byte: fc.nat(255) }),
    fc.record({ kind: fc.constant("cut" as const), at: share, length: fc.nat(20) }),
    fc.record({ kind: fc.constant("insert" as const), at: share, text: pieces }),
    fc.record({ kind: fc.constant("grow" as const), at: share }),
  );

  test("are read or refused with an error of ours, and take no more memory than they have", async () => {
    let refused = 0;
    await fc.assert(
      fc.asyncProperty(
        valid,
        fc.array(mutation, { minLength: 1, maxLength: 4 }),
        fc.boolean(),
        async (made, mutations, fixLength) => {
          let bytes = [...(await made)];
          for (const change of mutations) {
            const at = Math.floor(change.at * bytes.length);
            if (change.kind === "set") bytes[at] = change.byte;
            else if (change.kind === "cut") bytes.splice(at, change.length);
            else if (change.kind === "grow") bytes = [...bytes, ...bytes.slice(at)];
            else bytes.splice(at, 0, ...new TextEncoder().encode(change.text));
          }
          const file = Uint8Array.from(bytes);
          // Half of the time the length is right again, so that the fault is found further in.
          const end = file.lastIndexOf(0x7d);
          if (fixLength && end > 8)
            new DataView(file.buffer).setBigUint64(0, BigInt(end - 7), true);
          const source = counted(file);
          try {
            const opened = await openSafetensors(source);
            for (const name of opened.tensors.keys())
              (await opened.matrix(backend, name)).dispose();
          } catch (error) {
            refused += 1;
            expect(isBlkError(error), String(error)).toBe(true);
          }
          expect(source.total).toBeLessThanOrEqual(file.length);
          expect(backend.memoryUsage().buffers).toBe(0);
        },
      ),
      { seed: 4, numRuns: 2000 },
    );
    expect(refused).toBeGreaterThan(1000);
  });
});
