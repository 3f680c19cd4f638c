import { js } from "@blk/backend-js";
import { wasm } from "@blk/backend-wasm";
import {
  type Backend,
  BlockMatrix,
  BlockPattern,
  type DType,
  type HostArray,
  openBackend,
} from "@blk/core";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { encodeSafetensors, openSafetensors, streamSafetensors } from "../../src/index.js";
import { readStored } from "../../src/stored-elements.js";

const arrays = { f64: Float64Array, f32: Float32Array, f16: Uint16Array, i32: Int32Array };
const dtypes = Object.keys(arrays) as DType[];

/** Any bits: NaN of all kinds, infinities, subnormal numbers. */
function bitsOf(dtype: DType, count: number, random: () => number): HostArray {
  const bytes = new Uint8Array(count * arrays[dtype].BYTES_PER_ELEMENT).map(random);
  return new arrays[dtype](bytes.buffer);
}

const lengths = fc.array(fc.integer({ min: 0, max: 5 }), { maxLength: 4 });
const matrices = fc.record({
  dtype: fc.constantFrom(...dtypes),
  rows: lengths,
  cols: lengths,
  seed: fc.integer(),
  sparse: fc.boolean(),
});

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

describe.each([
  ["js", js()],
  ["wasm", wasm({ threads: 1 })],
] as const)("on %s", (_, provider) => {
  let backend: Backend;
  beforeAll(async () => {
    backend = await openBackend([provider]);
  });
  afterAll(() => backend.dispose());

  test("matrices come back bit by bit, with their cuts and absent blocks", async () => {
    await fc.assert(
      fc.asyncProperty(fc.dictionary(fc.string(), matrices, { maxKeys: 4 }), async (shapes) => {
        const before = backend.memoryUsage().buffers;
        const tensors = new Map<string, BlockMatrix>();
        for (const [name, { dtype, rows, cols, seed, sparse }] of Object.entries(shapes)) {
          if (name === "__metadata__") continue;
          let state = seed;
          const next = (): number => {
            state = (Math.imul(state, 1664525) + 1013904223) | 0;
            return state >>> 24;
          };
          const pattern = BlockPattern.where(rows.length, cols.length, () => next() > 127);
          const data = bitsOf(dtype, sum(rows) * sum(cols), next);
          const matrix = BlockMatrix.fromArray(backend, data, {
            ...{ rows: sum(rows), cols: sum(cols), blockRows: rows, blockCols: cols },
            ...(sparse && { pattern }),
          });
          tensors.set(name, matrix);
        }
        const metadata = { format: "é", "": "\u0000" };
        const bytes = await encodeSafetensors(tensors, { metadata });
        const file = await openSafetensors(bytes);
        expect(Object.fromEntries(file.metadata)).toEqual(metadata);
        expect([...file.tensors.keys()].sort()).toEqual([...tensors.keys()].sort());
        for (const [name, matrix] of tensors) {
          using read = await file.matrix(backend, name);
          expect(read.dtype).toBe(matrix.dtype);
          expect(read.rowPartition.cuts).toEqual(matrix.rowPartition.cuts);
          expect(read.colPartition.cuts).toEqual(matrix.colPartition.cuts);
          expect(read.pattern?.toString()).toBe(matrix.pattern?.toString());
          expect(bytesOf(await readStored("test", read))).toEqual(
            bytesOf(await readStored("test", matrix)),
          );
        }
        for (const matrix of tensors.values()) matrix.dispose();
        expect(backend.memoryUsage().buffers).toBe(before);
      }),
      { seed: 3, numRuns: 60 },
    );
  });

  test("elements lie where memory of their type may begin; equal tensors give equal bytes", async () => {
    const shape = { rows: 1, cols: 3 };
    using a = BlockMatrix.full(backend, 1, { ...shape, dtype: "f16" });
    using b = BlockMatrix.full(backend, 2, { ...shape, dtype: "f64" });
    using c = BlockMatrix.full(backend, 3, { ...shape, dtype: "i32" });
    const bytes = await encodeSafetensors({ a, b, c });
    expect(
      await encodeSafetensors([
        ["c", c],
        ["b", b],
        ["a", a],
      ]),
    ).toEqual(bytes);
    const file = await openSafetensors(bytes);
    expect([...file.tensors.keys()]).toEqual(["b", "c", "a"]);
    const dataStart = bytes.length - 3 * (2 + 8 + 4);
    expect(dataStart % 8).toBe(0);
    expect(new Float64Array(bytes.buffer, dataStart, 3)).toEqual(Float64Array.of(2, 2, 2));
  });

  test("windows and transposes are written as what they show", async () => {
    using whole = BlockMatrix.fromRows(
      backend,
      [
        [1, 2, 3],
        [4, 5, 6],
      ],
      { blockCols: [1, 2] },
    );
    const { block, transpose } = await import("@blk/core");
    using window = block(whole, 0, 1);
    using turned = transpose(whole);
    const file = await openSafetensors(await encodeSafetensors({ window, turned }));
    expect(await file.elements("window")).toEqual(Float32Array.of(2, 3, 5, 6));
    expect(await file.elements("turned")).toEqual(Float32Array.of(1, 4, 2, 5, 3, 6));
  });
});

function bytesOf(elements: HostArray): Uint8Array {
  return new Uint8Array(elements.buffer, elements.byteOffset, elements.byteLength);
}

describe("writing", () => {
  test("raw tensors of any type stay as they are", async () => {
    const raw = { dtype: "U64", shape: [2, 1], bytes: new Uint8Array(16).fill(7) } as const;
    const file = await openSafetensors(await encodeSafetensors({ raw }));
    expect(await file.bytes("raw")).toEqual(raw.bytes);
    expect(file.tensors.get("raw")).toMatchObject({ dtype: "U64", shape: [2, 1] });
  });

  const raw = { dtype: "U8", shape: [1], bytes: new Uint8Array(1) } as const;

  test.each([
    [
      "a name twice",
      [
        ["a", raw],
        ["a", raw],
      ],
      {},
      "there twice",
    ],
    ["the reserved name", [["__metadata__", raw]], {}, "reserved"],
    ["a name of half a character", [["\ud800", raw]], {}, "whole characters"],
    ["metadata that is no text", [], { a: 1 as unknown as string }, "got number"],
    ["metadata under the key of cuts", [], { "blk.layout": "" }, "choose another key"],
  ] as const)("refuses %s", async (_, tensors, metadata, message) => {
    await expect(encodeSafetensors(tensors, { metadata })).rejects.toThrowError(
      expect.objectContaining({ code: "ARGUMENT", message: expect.stringContaining(message) }),
    );
  });

  test("refuses bytes that are not those of the shape", async () => {
    await expect(encodeSafetensors({ a: { ...raw, shape: [2] } })).rejects.toThrowError(
      expect.objectContaining({ code: "SHAPE", message: expect.stringContaining("needs 2 bytes") }),
    );
  });

  test("hands out one tensor at a time", async () => {
    const pieces: number[] = [];
    const tensors = { a: raw, b: { ...raw, shape: [0], bytes: new Uint8Array(0) } };
    for await (const piece of streamSafetensors(tensors)) pieces.push(piece.length);
    expect(pieces.slice(1)).toEqual([1, 0]);
  });
});
