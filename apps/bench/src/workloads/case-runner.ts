import type { Backend } from "@blk/core";
import type { PeerSession } from "../peers/index.js";
import type { Runner } from "../turns.js";
import type { Instance } from "./bench-case.js";

/** A case on a backend, ready to be timed in turns with others. */
export function runnerOn(backend: Backend, instance: Instance): Runner {
  const prepared = instance.prepare(backend);
  return {
    subject: { run: () => prepared.run(), finish: () => backend.finish() },
    check: async () => instance.check(await prepared.result()),
    dispose: () => prepared.dispose(),
  };
}

/** The same on another library; `undefined` where it has no such operation. */
export async function peerRunnerOn(
  session: PeerSession,
  instance: Instance,
): Promise<Runner | undefined> {
  const run = await instance.peer?.(session);
  if (run === undefined) return undefined;
  return {
    subject: { run: () => run.run(), finish: async () => undefined },
    check: async () => instance.check(await run.result()),
    dispose: () => run.dispose(),
  };
}
