import { webgpu } from "@blk/backend-webgpu";
import { findGpu } from "@blk/conformance";
import type { BackendProvider } from "@blk/core";

const gpu = await findGpu(() => import(/* @vite-ignore */ "webgpu"));

/** WebGPU in a page, or Dawn in Node, on the machine's adapter or on a software one. */
export const provider: BackendProvider = webgpu({ gpu });
