import { existsSync } from "node:fs";
import { webgpu } from "@blk/backend-webgpu";
import type { BackendProvider, ProbeResult } from "@blk/core";
import { importInstalled } from "./import-installed.js";
import { messageOf } from "./message-of.js";
import { adapterInWords, isSoftwareAdapter } from "./software-adapter.js";

/** The package that brings WebGPU to Node; a large one, and so no dependency of the bench. */
const implementation = "webgpu";

/** Where Debian's Chromium keeps the driver of its software adapter. */
const softwareDriver = "/usr/lib/chromium/vk_swiftshader_icd.json";

/** What tells Vulkan's loader which drivers there are. */
const driverVariables = ["VK_ADD_DRIVER_FILES", "VK_DRIVER_FILES", "VK_ICD_FILENAMES"];

/**
 * WebGPU in Node, where its implementation is installed. An adapter in software is slow, and
 * measured only where that is wanted.
 */
export function webgpuInNode({ software }: { readonly software: boolean }): BackendProvider {
  let loading: Promise<GPU> | undefined;
  // One instance for all devices of the process.
  const load = (): Promise<GPU> => {
    loading ??= loadImplementation();
    return loading;
  };
  const provider = async (): Promise<BackendProvider> => webgpu({ gpu: await load() });
  return {
    ...webgpu(),
    async probe(): Promise<ProbeResult> {
      let gpu: GPU;
      try {
        gpu = await load();
      } catch (error) {
        return { available: false, reason: reasonOf(error) };
      }
      const adapter = software ? null : await gpu.requestAdapter();
      if (adapter !== null && isSoftwareAdapter(adapterInWords(adapter.info))) {
        const reason = "only a software adapter here; ask for it with --backends webgpu";
        return { available: false, reason };
      }
      return (await provider()).probe();
    },
    create: async () => (await provider()).create(),
  };
}

async function loadImplementation(): Promise<GPU> {
  const { create } = (await importInstalled(implementation)) as typeof import("webgpu");
  // Beside the drivers of graphics cards, which come first.
  if (driverVariables.every((name) => process.env[name] === undefined)) {
    if (existsSync(softwareDriver)) process.env["VK_ADD_DRIVER_FILES"] = softwareDriver;
  }
  return create([]);
}

function reasonOf(error: unknown): string {
  const { code } = error as NodeJS.ErrnoException;
  const isMissing = code === "ERR_MODULE_NOT_FOUND" || code === "MODULE_NOT_FOUND";
  const what = isMissing
    ? "is not installed; install it"
    : `cannot be loaded (${messageOf(error).split("\n")[0]}); install it again`;
  return `the npm package ${implementation} ${what} beside the app: npm install ${implementation}`;
}
