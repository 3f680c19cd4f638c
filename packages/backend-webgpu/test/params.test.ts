import { isBlkError } from "@blk/core";
import { describe, expect, test } from "vitest";
import {
  checkTile,
  classParams,
  defaultParams,
  deviceClassOf,
  type GemmTile,
  invocationsOf,
  tileName,
  workgroupBytesOf,
} from "../src/params.js";

/** What every device of WebGPU has. */
const least = {
  maxComputeInvocationsPerWorkgroup: 256,
  maxComputeWorkgroupSizeX: 256,
  maxComputeWorkgroupStorageSize: 16384,
};
const tile: GemmTile = { rows: 64, cols: 32, threadRows: 8, threadCols: 4, steps: 16 };

test("a tile tells its name, invocations and memory", () => {
  expect(tileName(tile)).toBe("64x32_8x4_k16");
  expect(invocationsOf(tile)).toBe(64);
  expect(workgroupBytesOf(tile)).toBe(4 * 16 * 96);
});

describe("checkTile", () => {
  test("every tile of the table runs on every device", () => {
    for (const { tiles } of Object.values(classParams)) {
      for (const each of tiles) expect(checkTile(each, { ...least, quads: true })).toBe(each);
      expect(tiles.some(({ quads }) => quads !== true)).toBe(true);
    }
  });

  test.each<Partial<GemmTile>>([
    { rows: 60 },
    { cols: 0 },
    { threadRows: 6 },
    { steps: 2 },
    { steps: 128 },
    { rows: Number.NaN },
  ])("%o is refused by name and number", (wrong) => {
    const [name, value] = Object.entries(wrong)[0]!;
    const check = (): unknown => checkTile({ ...tile, ...wrong }, least);
    expect(check).toThrow(expect.objectContaining({ code: "ARGUMENT", details: { name, value } }));
  });

  test.each([
    [
      { rows: 128, cols: 128, threadRows: 4, threadCols: 8 },
      "512 invocations in a workgroup, and this device has 256",
    ],
    [
      { rows: 128, cols: 128, threadRows: 8, threadCols: 8, steps: 32 },
      "32768 bytes of workgroup memory, and this device has 16384",
    ],
  ])("%o is too large for a small device", (large, message) => {
    try {
      checkTile({ ...tile, ...large }, least);
      expect.unreachable();
    } catch (error) {
      expect(isBlkError(error, "UNSUPPORTED")).toBe(true);
      expect((error as Error).message).toContain(message);
    }
  });
});

test("quads need subgroups, and four invocations side by side", () => {
  const limits = { ...least, quads: true };
  const quads = { ...tile, threadCols: 8, quads: true };
  expect(tileName(quads)).toBe("64x32_8x8_k16_quads");
  expect(checkTile(quads, limits)).toBe(quads);
  expect(() => checkTile(quads, least)).toThrow(expect.objectContaining({ code: "UNSUPPORTED" }));
  expect(() => checkTile({ ...quads, threadCols: 16 }, limits)).toThrow(
    expect.objectContaining({ code: "ARGUMENT", details: { name: "quads", value: 2 } }),
  );
  const { tiles } = defaultParams("software", least);
  expect(tiles).toEqual(classParams.software.tiles.slice(1));
  expect(defaultParams("software", limits)).toEqual(classParams.software);
});

test.each([
  ["SwiftShader driver 5.0.0, google, swiftshader", "software"],
  ["llvmpipe (LLVM 15)", "software"],
  ["apple, metal-3", "apple"],
  ["NVIDIA GeForce RTX 3060, nvidia, ampere", "discrete"],
  ["amd, rdna-3", "discrete"],
  ["intel, gen-12lp", "integrated"],
  ["an adapter that gives no name", "integrated"],
])("%s is %s", (description, expected) => {
  expect(deviceClassOf(description)).toBe(expected);
});
