/** Drivers that compute on the processor what a graphics card would. */
const drivers = /swiftshader|llvmpipe|lavapipe/i;

/** Whether an adapter of WebGPU, in its own words, is one in software. */
export function isSoftwareAdapter(words: string): boolean {
  return drivers.test(words);
}

/** An adapter in words, as it tells of itself. */
export function adapterInWords(info: AdapterInfo): string {
  const { description, device, vendor, architecture } = info;
  const words = [description || device, vendor, architecture].filter((word) => word !== "");
  return [...new Set(words)].join(", ") || "one that gives no name";
}

export type AdapterInfo = Pick<
  GPUAdapterInfo,
  "description" | "device" | "vendor" | "architecture"
>;
