import { explainTiles } from "@blk/backend-webgpu";
import { tryKernels } from "../../try-kernels.js";
import type { KernelsRequest, Tasks } from "./tasks.js";
import { withBackend } from "./with-backend.js";

/** Seconds after which a backend that has tried nothing is given up. */
const patience = 20;

/** Which kernels a backend tried here, and how fast they were. Throws `UsageError`. */
export function kernels(request: KernelsRequest): Promise<Tasks["kernels"]["answer"]> {
  return withBackend(
    request,
    () => undefined,
    (backend) => tryKernels(backend, patience),
  );
}

/** What tiles would reach on published devices, as plain data. */
export async function models(): Promise<Tasks["models"]["answer"]> {
  const all = await explainTiles();
  return all.map(({ device, variant, factors, share }) => ({ device, variant, factors, share }));
}
