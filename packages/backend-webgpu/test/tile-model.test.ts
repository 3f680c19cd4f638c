import { describe, expect, test } from "vitest";
import { explainTiles } from "../src/index.js";
import { classParams, deviceClassOf } from "../src/params.js";
import { publishedDevices } from "../src/published-devices.js";
import { modelTile } from "../src/tile-model.js";

const [geforce, , iris] = publishedDevices as [
  (typeof publishedDevices)[0],
  (typeof publishedDevices)[0],
  (typeof publishedDevices)[0],
];
const tile = { rows: 64, cols: 64, threadRows: 8, threadCols: 8, steps: 16 };
const inHalf = { factors: "f16", arithmetic: "f16" } as const;

describe("the default tile for large products reaches 70 % of the peak by the model", () => {
  test.each(publishedDevices)("on $name", (device) => {
    const [first] = classParams[deviceClassOf(device.name)].tiles;
    const model = modelTile(first!, device);
    expect(model.share, String(model)).toBeGreaterThanOrEqual(0.7);
    expect(model.resident).toBeGreaterThanOrEqual(2);
  });
});

test("tiles of few sums and tiles too large to run reach less", () => {
  const { share } = modelTile(tile, geforce);
  expect(modelTile({ ...tile, threadRows: 4, threadCols: 4 }, geforce).share).toBeLessThan(share);
  const huge = { rows: 256, cols: 256, threadRows: 16, threadCols: 16, steps: 64 };
  expect(modelTile(huge, geforce)).toMatchObject({ resident: 0, share: 0 });
});

test("quads read less of workgroup memory, and tell one another more", () => {
  // A step of 8×8 sums has 64 multiply-adds, 2 + 2 reads, 6 for staging, 1 for the loop.
  const plain = modelTile(tile, { ...iris, gigaBytes: 1e9, registers: 1e9 });
  expect(plain.share).toBeCloseTo(64 / (64 + 4 + 6 + 1), 12);
  const quads = modelTile({ ...tile, quads: true }, { ...iris, gigaBytes: 1e9, registers: 1e9 });
  expect(quads.share).toBeCloseTo(64 / (64 + 2.5 + 8 + 6 + 1), 12);
});

test("f16 takes half of the memory; arithmetic in it gains where the device is faster in it", () => {
  const single = modelTile(tile, iris);
  const stored = modelTile(tile, iris, { factors: "f16", arithmetic: "f32" });
  expect(stored.bytesPerFma).toBe(single.bytesPerFma / 2);
  expect(stored.workgroupBytes).toBe(single.workgroupBytes);
  const half = modelTile(tile, iris, inHalf);
  expect(half.workgroupBytes).toBe(single.workgroupBytes / 2);
  expect(half.gigaFma).toBeGreaterThan(1.2 * single.gigaFma);
  const slow = modelTile(tile, { ...iris, halfRate: 1 }, inHalf);
  expect(slow.gigaFma).toBeLessThan(single.gigaFma);
});

test("every variant is told in a line, on each device", async () => {
  const models = await explainTiles();
  expect(models.length).toBe(3 * (3 + 2 + 2));
  expect(String(models[0])).toBe(
    "gemm_f32_128x128_8x8_k16 of f32 on NVIDIA GeForce RTX 3060: 89 % of the peak, 5662 GFMA/s; 0.0625 bytes a multiply-add, 0.0084 of them from memory; 16384 bytes of workgroup memory, 104 registers, 2 workgroups resident, 33 % occupied",
  );
  const own = await explainTiles([tile]);
  expect(own.map(({ variant }) => variant)).toContain("gemm_f32_64x64_8x8_k16_h16");
  expect(own.length).toBe(9);
  await expect(explainTiles([{ ...tile, rows: 60 }])).rejects.toMatchObject({ code: "ARGUMENT" });
});
