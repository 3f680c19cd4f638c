import { expect, test } from "vitest";
import { hasQuads } from "../src/quads.js";
import { findGpu } from "./gpu.js";
import { pretending } from "./pretending.js";

// Held, as the implementation in Node ends when nobody refers to it.
const gpu: GPU = await findGpu();

async function deviceWith(requiredFeatures: GPUFeatureName[]): Promise<GPUDevice | undefined> {
  const adapter = await gpu.requestAdapter();
  if (!requiredFeatures.every((name) => adapter?.features.has(name))) return undefined;
  return adapter?.requestDevice({ requiredFeatures });
}

test("neighbours are quads where there are subgroups", async ({ skip }) => {
  const device = await deviceWith(["subgroups"]);
  skip(device === undefined, "no subgroups here");
  expect(await hasQuads(device!)).toBe(true);
  device!.destroy();
});

test("a device without subgroups, or whose compiler refuses, has none", async () => {
  const device = (await deviceWith([])) as GPUDevice;
  expect(await hasQuads(device)).toBe(false);
  const features = new Set(["subgroups"]);
  expect(await hasQuads(pretending(device, { features }))).toBe(false);
  device.destroy();
});
