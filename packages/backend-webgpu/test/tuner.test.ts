import { type Backend, denseView } from "@blk/core";
import { describe, expect, test } from "vitest";
import type { WebGpuBackend } from "../src/backend.js";
import { tune, webgpu } from "../src/index.js";
import { candidateTiles, type ProductParams, tileName } from "../src/params.js";
import type { WorkTime } from "../src/queue.js";
import { type Trial, tryTiles } from "../src/tuner.js";
import { findGpu, gpu, provider } from "./gpu.js";

async function product(backend: Backend): Promise<Float32Array> {
  const views = [0, 1, 2].map(() => denseView(backend.allocate(4 * 70 * 70), "f32", 70, 70));
  const [a, b, c] = views as [(typeof views)[0], (typeof views)[0], (typeof views)[0]];
  const numbers = new Float32Array(70 * 70).map((_, i) => Math.sin(i));
  for (const { buffer } of [a, b]) backend.write(buffer, numbers);
  backend.multiply([{ c, terms: [{ a, b }] }]);
  const result = (await backend.read(c)) as Float32Array;
  for (const { buffer } of views) buffer.dispose();
  return result;
}

test("tuning keeps the bits, frees its memory, and can be kept as JSON", async () => {
  const backend = await provider.create();
  const before = await product(backend);
  const { params, clock, measured } = await tune(backend, 64);
  const features = (await gpu.requestAdapter())?.features;
  const quads = features?.has("subgroups");
  const tiles = candidateTiles.filter((tile) => quads || tile.quads !== true);
  expect(measured.length).toBe(tiles.length);
  const told = measured.map(({ tile, gflops }) => ({ variant: tile, gflops }));
  const chosen = measured[0]?.tile;
  expect(backend.capabilities.trials).toEqual([
    { kernels: "f32 products", chosen, measured: told },
  ]);
  expect(measured[0]?.gflops).toBeGreaterThanOrEqual(measured.at(-1)!.gflops);
  // Engines make the device's clock coarse: what it cannot tell from nothing, the host's times.
  const burst = (4 * 2 * 64 ** 3) / (measured[0]!.gflops * 1e6);
  if (burst > 0.5) expect(clock).toBe(features?.has("timestamp-query") ? "device" : "host");
  expect((backend as WebGpuBackend).params).toBe(params);
  expect(await product(backend)).toEqual(before);
  expect(backend.memoryUsage()).toEqual({ buffers: 0, bytes: 0 });
  await backend.dispose();

  const kept = JSON.parse(JSON.stringify(params));
  const { device } = backend.capabilities;
  const ofDevice = (name: string) => (name === device ? kept : null);
  for (const given of [kept, ofDevice]) {
    const other = await webgpu({ gpu: await findGpu(), params: given }).create();
    expect((other as WebGpuBackend).params).toEqual(params);
    await other.dispose();
  }
}, 100_000);

test("tiles may replace one another: each gives the same bits at edges and within", async ({
  skip,
}) => {
  const adapter = await gpu.requestAdapter();
  skip(adapter?.features.has("subgroups") !== true, "no subgroups here");
  const results: Float32Array[] = [];
  const tiles = [candidateTiles[0]!, ...candidateTiles.filter(({ quads }) => quads)];
  for (const tile of tiles) {
    const backend = await webgpu({ gpu, params: { tiles: [tile], fill: 1 } }).create();
    results.push(await product(backend));
    await backend.dispose();
  }
  expect(results.length).toBe(4);
  expect(results[0]?.every(Number.isFinite)).toBe(true);
  for (const result of results) expect(result).toEqual(results[0]);
}, 100_000);

test("parameters that no device could run with are refused", async () => {
  const tile = { rows: 64, cols: 64, threadRows: 8, threadCols: 8, steps: 3 };
  const gpu = await findGpu();
  const opened = webgpu({ gpu, params: { tiles: [tile], fill: 1 } }).create();
  await expect(opened).rejects.toMatchObject({ code: "ARGUMENT" });
  for (const tiles of [[], [null], undefined]) {
    const params = { tiles, fill: 1 } as unknown as ProductParams;
    await expect(webgpu({ gpu, params }).create()).rejects.toMatchObject({ code: "ARGUMENT" });
  }
});

test("of a device of which nothing was kept, the default is taken", async () => {
  const backend = (await provider.create()) as WebGpuBackend;
  const asked: string[] = [];
  const ofDevice = (device: string): null => {
    asked.push(device);
    return null;
  };
  for (const params of [null, ofDevice]) {
    const other = (await webgpu({ gpu, params }).create()) as WebGpuBackend;
    expect(other.params).toEqual(backend.params);
    await other.dispose();
  }
  expect(asked).toEqual([backend.capabilities.device]);
  await backend.dispose();
});

describe("tiles are ranked", () => {
  /** What a trial says of tiles that take these times, one after the other, in every round. */
  async function trial(times: readonly WorkTime[]): Promise<Trial> {
    let calls = 0;
    const backend = {
      params: { tiles: candidateTiles, fill: 1 },
      allocate: (byteLength: number) => ({ byteLength, dispose: () => undefined }),
      write: () => undefined,
      multiply: () => undefined,
    };
    const limits = {
      ...{ maxComputeInvocationsPerWorkgroup: 256, maxComputeWorkgroupSizeX: 256 },
      ...{ maxComputeWorkgroupStorageSize: 32768, quads: true },
    };
    return tryTiles(backend as unknown as Parameters<typeof tryTiles>[0], limits, 64, {
      use: () => undefined,
      time: async () => times[calls++ % candidateTiles.length] ?? { host: 9, device: 9 },
    });
  }
  const names = candidateTiles.map(tileName);

  test("by the device's clock where it timed all of them", async () => {
    const { clock, measured, params } = await trial([
      { host: 4, device: 3 },
      { host: 5, device: 2 },
    ]);
    expect(clock).toBe("device");
    expect(measured.slice(0, 2).map(({ tile }) => tile)).toEqual([names[1], names[0]]);
    expect(measured[0]?.gflops).toBeCloseTo((2 * 64 ** 3) / ((2 / 4) * 1e6));
    expect(params.tiles[0]).toBe(candidateTiles[1]);
  });

  test("by the host's where the device's is missing once", async () => {
    const { clock, measured } = await trial([{ host: 4 }, { host: 5, device: 2 }]);
    expect(clock).toBe("host");
    expect(measured.slice(0, 2).map(({ tile }) => tile)).toEqual([names[0], names[1]]);
  });
});

test("another backend is not tuned", async () => {
  const other = { name: "other" } as Backend;
  await expect(tune(other)).rejects.toMatchObject({ code: "BACKEND_MISMATCH" });
});
