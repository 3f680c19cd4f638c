import { describe, expect, test } from "vitest";
import { classParams, deviceClassOf, tileName } from "../src/params.js";
import { explainTile, modelTile, publishedDevices } from "./tile-model.js";

describe("the default tile for large products reaches 70 % of the peak by the model", () => {
  test.each(publishedDevices)("on $name", (device) => {
    const [tile] = classParams[deviceClassOf(device.name)].tiles;
    const model = modelTile(tile!, device);
    expect(model.share, explainTile(tileName(tile!), model, device)).toBeGreaterThanOrEqual(0.7);
    expect(model.resident).toBeGreaterThanOrEqual(2);
  });
});

test("small registers tiles and tiles too large to run reach less", () => {
  const [device] = publishedDevices;
  const tile = { rows: 64, cols: 64, threadRows: 8, threadCols: 8, steps: 16 };
  const { share } = modelTile(tile, device!);
  expect(modelTile({ ...tile, threadRows: 4, threadCols: 4 }, device!).share).toBeLessThan(share);
  const huge = { rows: 256, cols: 256, threadRows: 16, threadCols: 16, steps: 64 };
  expect(modelTile(huge, device!)).toMatchObject({ resident: 0, share: 0 });
});

test("a tile is told in a line", () => {
  const [device] = publishedDevices;
  const tile = { rows: 128, cols: 128, threadRows: 8, threadCols: 8, steps: 16 };
  expect(explainTile(tileName(tile), modelTile(tile, device!), device!)).toBe(
    "128x128_8x8_k16 on NVIDIA GeForce RTX 3060: 89 % of 6370 GFMA/s; 0.0625 bytes a multiply-add, 0.0084 of them from memory; 16384 bytes of workgroup memory, 104 registers, 2 workgroups resident, 33 % occupied",
  );
});
