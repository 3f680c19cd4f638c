/**
 * WebGPU's `GPU`, where the program knows that type (TypeScript's library "DOM"). A program for Node
 * that does not know it compiles all the same.
 */
export type Gpu = typeof globalThis extends { GPU: { prototype: infer Known } } ? Known : object;

/** What the npm package `webgpu` exports. */
export interface GpuImplementation {
  create(settings: string[]): Gpu;
}

/** Where Debian's Chromium keeps its software adapter. */
const softwareAdapter = "/usr/lib/chromium/vk_swiftshader_icd.json";

/**
 * SwiftShader compiles a millisecond longer for each word of workgroup memory that is set to zero.
 * No kernel reads what it did not write.
 */
const softwareSettings = ["enable-dawn-features=disable_workgroup_init"];

/**
 * WebGPU for tests: that of the page, or in Node what `load` brings, on the machine's adapter or on
 * a software one.
 *
 * ```ts
 * const gpu = await findGpu(() => import("webgpu"));
 * ```
 */
export async function findGpu(load: () => Promise<GpuImplementation>): Promise<Gpu> {
  if (globalThis.navigator?.gpu !== undefined) return globalThis.navigator.gpu;
  const { process } = globalThis as { process?: { env: Record<string, string | undefined> } };
  // What tells Vulkan's loader which drivers there are.
  if (process !== undefined) process.env["VK_ICD_FILENAMES"] ??= softwareAdapter;
  const { create } = await load();
  return create(softwareSettings);
}
