import type { BackendProvider } from "@blk/core";
import { webgpu } from "../src/index.js";

/** Where Debian's Chromium keeps its software adapter. */
const softwareAdapter = "/usr/lib/chromium/vk_swiftshader_icd.json";

/**
 * SwiftShader compiles a millisecond longer for each word of workgroup memory that is set to zero.
 * No kernel reads what it did not write.
 */
const softwareSettings = ["enable-dawn-features=disable_workgroup_init"];

/** WebGPU in a page, or Dawn in Node, on the machine's adapter or on a software one. */
export async function findGpu(): Promise<GPU> {
  if (globalThis.navigator?.gpu !== undefined) return globalThis.navigator.gpu;
  process.env["VK_ICD_FILENAMES"] ??= softwareAdapter;
  const { create } = await import(/* @vite-ignore */ "webgpu");
  return create(softwareSettings);
}

/** The implementation under test. */
export const gpu: GPU = await findGpu();

/** The provider under test. */
export const provider: BackendProvider = webgpu({ gpu });
