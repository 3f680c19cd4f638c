import { withBackends } from "../../backends.js";
import type { BackendEntry } from "../../report.js";
import { allProviders } from "./module-providers.js";
import type { DetectRequest } from "./tasks.js";

/** Opens each backend once: which ones run here, on what, and why the others do not. */
export async function detect(request: DetectRequest): Promise<readonly BackendEntry[]> {
  const providers = await allProviders(request);
  return withBackends(
    providers,
    () => true,
    () => undefined,
    async ({ entries }) => entries,
  );
}
