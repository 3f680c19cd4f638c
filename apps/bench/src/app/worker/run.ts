import { checkRunning } from "../../backends.js";
import type { Emit } from "../../events.js";
import { measureInPage } from "../../page/measure-in-page.js";
import { limitsOf } from "../../selection.js";
import { UsageError } from "../../usage-error.js";
import { selectionOf } from "./chosen.js";
import { allProviders } from "./module-providers.js";
import { loadPageData } from "./page-data.js";
import type { RunRequest } from "./tasks.js";

/** Measures what a person chose; what it finds goes out as it comes. Throws `UsageError`. */
export async function runTask(request: RunRequest, emit: Emit): Promise<undefined> {
  const { options, modules } = request;
  if (options.backends.length === 0) throw new UsageError("no backend is chosen; choose one");
  const selection = selectionOf(request);
  const providers = await allProviders({ known: true, threads: options.threads, modules });
  const data = selection.workload.length > 0 ? await loadPageData() : undefined;
  const isChosen = (name: string): boolean => options.backends.includes(name);
  await measureInPage({
    ...{ providers, isChosen, selection, limits: limitsOf(options), data, emit },
    onOpened: (entries) => checkRunning(entries, options.backends),
    peersMissing: undefined,
  });
  return undefined;
}
