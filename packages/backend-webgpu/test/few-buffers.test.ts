import { type Backend, expr } from "@blk/core";
import { expect, test } from "vitest";
import { webgpu } from "../src/index.js";
import { gpu } from "./gpu.js";
import { useBackend } from "./matrices.js";

/** A device that binds eight buffers at once, as many as every device does. */
async function openSmall(): Promise<Backend> {
  const requestAdapter = async (): Promise<GPUAdapter | null> => {
    const adapter = (await gpu.requestAdapter()) as GPUAdapter;
    const limits = new Proxy(adapter.limits, {
      get: (target, name) =>
        name === "maxStorageBuffersPerShaderStage" ? 8 : Reflect.get(target, name, target),
    });
    const { info, features } = adapter;
    const requestDevice: GPUAdapter["requestDevice"] = (options) => adapter.requestDevice(options);
    return { info, features, limits, requestDevice } as GPUAdapter;
  };
  return webgpu({ gpu: { requestAdapter } as GPU }).create();
}

const bench = useBackend(openSmall);
const count = 11;
const total = Array.from({ length: count }, (_, i) => expr.input(i)).reduce((sum, x) =>
  expr.add(sum, expr.mul(x, 1)),
);

test("map and reduce take more inputs than a device binds", async () => {
  const { backend, matrix, read } = bench();
  const inputs = Array.from({ length: count }, (_, i) => {
    const dtype = i % 3 === 1 ? "f16" : "f32";
    return matrix(
      dtype,
      3,
      3,
      Float32Array.from({ length: 9 }, (_, j) => 2 ** i + j),
    );
  });
  // One of those that are copied is transposed.
  const [last] = inputs.splice(-1);
  inputs.push({ ...last!, rowStride: 1, colStride: 3 });
  const out = matrix("f32", 3, 3);
  const sums = matrix("f32", 3, 1);
  const { buffers } = backend.memoryUsage();
  backend.map([{ inputs, out }], total);
  backend.reduce([{ inputs, out: sums }], { expr: total, op: "sum" });
  expect(backend.memoryUsage().buffers).toBe(buffers);
  const expected = Array.from({ length: 9 }, (_, j) => {
    const transposed = (j % 3) * 3 + Math.floor(j / 3);
    return 2 ** count - 1 + (count - 1) * j + transposed;
  });
  expect([...(await read(out))]).toEqual(expected);
  const rows = [0, 3, 6].map((i) => expected[i]! + expected[i + 1]! + expected[i + 2]!);
  expect([...(await read(sums))]).toEqual(rows);
});

test("several outputs in place, beside more inputs than a device binds", async () => {
  const { backend, matrix, read } = bench();
  const all = Array.from({ length: count }, (_, i) =>
    matrix(
      "f32",
      2,
      2,
      Float32Array.from({ length: 4 }, (_, j) => 2 ** i + j),
    ),
  );
  const outs = all.slice(0, 4);
  // Each out gets the sum of all, less what it held.
  const exprs = outs.map((_, k) => expr.sub(total, expr.input(k)));
  const { buffers } = backend.memoryUsage();
  backend.fused.mapMany([{ inputs: all, outs }], exprs);
  expect(backend.memoryUsage().buffers).toBe(buffers);
  for (const [k, out] of outs.entries()) {
    const expected = [0, 1, 2, 3].map((j) => 2 ** count - 1 - 2 ** k + (count - 1) * j);
    expect([...(await read(out))]).toEqual(expected);
  }
});
