import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { peerResources } from "../src/browser/peer-resources.js";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "bench-peers-"));
});
afterEach(() => rm(folder, { recursive: true }));

async function put(...files: readonly string[]): Promise<void> {
  for (const file of files) {
    const path = join(folder, "node_modules", file);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, file);
  }
}

const tensorflow = ["@tensorflow/tfjs", "@tensorflow/tfjs-backend-webgpu"];

test("are what a page loads of the packages, and no other file", async () => {
  await put(...[...tensorflow, "onnxruntime-web", "@jax-js/jax"].map((p) => `${p}/package.json`));
  await put(
    ...["@tensorflow/tfjs/dist/tf.min.js", "@tensorflow/tfjs/dist/tf.js"],
    "@tensorflow/tfjs-backend-webgpu/dist/tf-backend-webgpu.min.js",
    ...["webgpu.bundle.min.mjs", "all.bundle.min.mjs"].map((f) => `onnxruntime-web/dist/ort.${f}`),
    ...["asyncify", "jsep"].map((kind) => `onnxruntime-web/dist/ort-wasm.${kind}.wasm`),
    ...["index.js", "index.cjs", "webgpu-1.js"].map((file) => `@jax-js/jax/dist/${file}`),
  );
  const resources = await peerResources(folder);
  const paths = [...resources.keys()].filter((path) => !path.endsWith("/package.json"));
  expect(paths.sort()).toEqual([
    "/peers/@jax-js/jax/dist/index.js",
    "/peers/@jax-js/jax/dist/webgpu-1.js",
    "/peers/@tensorflow/tfjs-backend-webgpu/dist/tf-backend-webgpu.min.js",
    "/peers/@tensorflow/tfjs/dist/tf.min.js",
    "/peers/onnxruntime-web/dist/ort-wasm.asyncify.wasm",
    "/peers/onnxruntime-web/dist/ort.webgpu.bundle.min.mjs",
  ]);
  const wasm = resources.get("/peers/onnxruntime-web/dist/ort-wasm.asyncify.wasm");
  expect(wasm?.type).toBe("application/wasm");
  expect(new TextDecoder().decode(wasm?.bytes)).toBe("onnxruntime-web/dist/ort-wasm.asyncify.wasm");
  expect(resources.size - paths.length).toBe(4);
});

test("that are not all there are refused", async () => {
  await put(...tensorflow.map((name) => `${name}/dist/x.js`));
  await expect(peerResources(folder)).rejects.toThrow(/ENOENT/);
});
