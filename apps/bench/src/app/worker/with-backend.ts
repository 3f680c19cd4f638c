import type { Backend } from "@blk/core";
import { withBackends } from "../../backends.js";
import type { Emit } from "../../events.js";
import { UsageError } from "../../usage-error.js";
import { allProviders } from "./module-providers.js";
import type { OneBackend } from "./tasks.js";

/** Does work with one backend, and closes it in the end. Throws `UsageError` where it cannot run. */
export async function withBackend<T>(
  { backend: name, threads, modules }: OneBackend,
  emit: Emit,
  work: (backend: Backend) => Promise<T>,
): Promise<T> {
  const providers = await allProviders({ known: true, threads, modules });
  return withBackends(
    providers,
    (each) => each === name,
    emit,
    async ({ opened: [backend], entries }) => {
      if (backend !== undefined) return work(backend);
      const reason = entries.find((entry) => entry.name === name)?.reason ?? "it is not there";
      throw new UsageError(`${name} cannot run here: ${reason}; choose another backend`);
    },
  );
}
