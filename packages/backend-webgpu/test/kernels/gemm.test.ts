import { type DType, expr, gelu, relu } from "@blk/core";
import { beforeAll, describe, expect, test } from "vitest";
import { gemmCode } from "../../src/kernels/gemm.js";
import { partsCode } from "../../src/kernels/gemm-parts.js";
import { gemvCode } from "../../src/kernels/gemv.js";
import { KnownExpressions } from "../../src/known-expressions.js";
import type { Bindings } from "../../src/operands.js";
import { classParams, type GemmTile, gemvTile, halfTile, tileName } from "../../src/params.js";
import { Memory } from "../../src/wgsl/memory.js";
import { findCompiler } from "../gpu.js";

// Held, as the implementation in Node ends when nobody refers to it.
const gpu: GPU = await findCompiler();
let device: GPUDevice;
beforeAll(async () => {
  const adapter = await gpu.requestAdapter();
  const features = ["subgroups", "shader-f16"] as const;
  const requiredFeatures = features.filter((name) => adapter?.features.has(name));
  device = (await adapter?.requestDevice({ requiredFeatures })) as GPUDevice;
});

/** What the compiler says about WGSL. */
async function complaints(code: string): Promise<readonly string[]> {
  device.pushErrorScope("validation");
  const { messages } = await device.createShaderModule({ code }).getCompilationInfo();
  const error = await device.popErrorScope();
  const said = messages.map(({ lineNum, message }) => `line ${lineNum}: ${message}`);
  return error === null ? said : [...said, error.message];
}

/** Operands by type, each in a buffer of its own or in the one given; the last is written. */
function bindings(
  dtypes: readonly DType[],
  slots: readonly number[] = dtypes.map((_, i) => i),
): Bindings {
  const count = Math.max(...slots) + 1;
  return {
    slots: Array.from({ length: count }, (_, slot) => {
      const types = new Set(dtypes.filter((_, i) => slots[i] === slot));
      const type = types.size > 1 ? "mixed" : ([...types][0] as "f32");
      return { type, isWritten: slots.at(-1) === slot };
    }),
    operands: dtypes.map((dtype, i) => ({
      slot: slots[i]!,
      dtype,
      isWritten: i === dtypes.length - 1,
    })),
    key: "",
    buffers: [],
  };
}

const tiles: readonly GemmTile[] = [
  ...Object.values(classParams).flatMap(({ tiles }) => tiles),
  { rows: 32, cols: 128, threadRows: 4, threadCols: 16, steps: 4 },
];
const expressions = new KnownExpressions();
const plain = { type: "f32", operands: 0, epilogue: undefined } as const;

describe("WGSL without errors or warnings", () => {
  for (const tile of new Map(tiles.map((each) => [tileName(each), each])).values()) {
    test(tileName(tile), async ({ skip }) => {
      skip(tile.quads === true && !device.features.has("subgroups"), "no subgroups here");
      for (const wide of [[], [0], [1], [0, 1]]) {
        const memory = new Memory(bindings(["f32", "f32", "f32"]), new Set(wide));
        const kernel = { ...plain, memory, c: 2, arithmetic: "f32", hasRows: false } as const;
        expect(await complaints(gemmCode({ ...kernel, tile }))).toEqual([]);
      }
    });

    test(`${tileName(tile)} in f16`, async ({ skip }) => {
      skip(tile.quads === true && !device.features.has("subgroups"), "no subgroups here");
      skip(!device.features.has("shader-f16"), "no shader-f16 here");
      for (const slots of [
        [0, 1, 2, 3],
        [0, 0, 0, 0],
      ]) {
        for (const wide of slots[1] === 0 ? [[]] : [[], [0], [1], [0, 1]]) {
          const memory = new Memory(bindings(["f16", "f16", "i32", "f32"], slots), new Set(wide));
          const kernel = { ...plain, memory, c: 3, arithmetic: "f16", hasRows: true } as const;
          expect(await complaints(gemmCode({ ...kernel, tile: halfTile(tile) }))).toEqual([]);
        }
      }
    });
  }

  const tile = tiles[0]!;
  test.each<[DType, DType, DType]>([
    ["f16", "f16", "f16"],
    ["f16", "f32", "f32"],
    ["f32", "f16", "f16"],
    ["i32", "i32", "i32"],
  ])("%s times %s into %s, with rows by index and an epilogue", async (a, b, c) => {
    const type = c === "i32" ? "i32" : "f32";
    const x = expr.add(expr.input(0), expr.input(1));
    const epilogue = expressions.of(type === "i32" ? relu(x) : gelu(x));
    const places = bindings([a, b, "i32", c, c], [0, 1, 2, 3, 3]);
    for (const wide of [[], [0], [0, 1]]) {
      const memory = new Memory(places, new Set(wide));
      const kernel = { type, arithmetic: type, memory, c: 3, operands: 1, epilogue } as const;
      expect(await complaints(gemmCode({ ...kernel, tile, hasRows: true }))).toEqual([]);
    }
    for (const wide of [[], [0], [0, 1]]) {
      const memory = new Memory(bindings([a, b, c, c], [0, 1, 2, 2]), new Set(wide));
      const kernel = { type, memory, c: 2, operands: 1, epilogue } as const;
      for (const columns of [1, 4] as const) {
        const code = gemvCode({ ...kernel, tile: gemvTile, columns });
        expect(await complaints(code)).toEqual([]);
      }
    }
    const parts = new Memory(bindings([type, c, c], [0, 1, 1]));
    const ending = { type, memory: parts, c: 1, operands: 1, epilogue } as const;
    expect(await complaints(partsCode(ending, true))).toEqual([]);
  });

  test("everything in one buffer", async () => {
    const memory = new Memory(bindings(["f32", "f16", "i32", "f16"], [0, 0, 0, 0]));
    const kernel = { ...plain, memory, c: 3, arithmetic: "f32", hasRows: true } as const;
    expect(await complaints(gemmCode({ ...kernel, tile }))).toEqual([]);
  });

  test("the compiler's complaints are seen", async () => {
    expect(await complaints("fn broken( {}")).not.toEqual([]);
  });
});
