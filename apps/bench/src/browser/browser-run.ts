import type { FashionMnist } from "../data/fashion-mnist.js";
import type { BenchEvent, Emit } from "../events.js";
import { messageOf } from "../message-of.js";
import { saidOf } from "../name-in.js";
import type { PageAnswer, PageRequest } from "../page/page-request.js";
import { pageSelection } from "../page/page-selection.js";
import { UsageError } from "../usage-error.js";
import type { PageOfReport } from "../with-page-results.js";
import type { LookedAt } from "./look-at-browser.js";
import { pageModule, pageResources } from "./page-resources.js";
import { installedPeerResources, type PeerResources } from "./peer-resources.js";
import { withPage } from "./with-page.js";

export interface BrowserInputs extends Pick<PageRequest, "options" | "required" | "others"> {
  readonly only: ReadonlySet<string> | undefined;
  readonly data: FashionMnist | undefined;
  readonly emit: Emit;
}

/** Measures the backends of a page. Throws `UsageError` where that cannot be done to its end. */
export type BrowserRun = (inputs: BrowserInputs) => Promise<PageOfReport>;

/**
 * Measures in this Chromium, with the page that was built to `pageFolder`, and with the files of
 * other libraries that `peerFiles` gives, where some are to be compared with.
 */
export function browserRun(
  { path, place, version, flags, note }: LookedAt,
  pageFolder: string,
  peerFiles: (emit: Emit) => Promise<PeerResources> = installedPeerResources,
): BrowserRun {
  return async ({ options, only, required, others, data, emit }) => {
    const { quick, peers, backends, cases, threads } = options;
    const chosen = {
      options: {
        ...{ quick, peers },
        ...(backends && { backends }),
        ...(cases !== undefined && { cases }),
        ...(threads !== undefined && { threads }),
      },
      ...(only && { only: [...only] }),
    };
    const compares = pageSelection(chosen).compared.length > 0;
    const files = compares ? await peerFiles(emit) : { resources: undefined };
    const request: PageRequest = {
      ...chosen,
      ...{ place, required, others, hasData: data !== undefined },
      ...("missing" in files && { peersMissing: files.missing }),
    };
    let at = "the start";
    const tell = (event: BenchEvent): void => {
      if (event.kind === "part") at = event.part;
      if (event.kind === "step") at = `${event.part}, ${event.label}`;
      emit(event);
    };
    const resources = await pageResources(
      pageFolder,
      data,
      "resources" in files ? files.resources : undefined,
    );
    const answer = await withPage({ path, moreFlags: flags, resources }, async (page, browser) => {
      let crashed = false;
      page.on("crash", () => {
        crashed = true;
      });
      await page.exposeFunction("tell", tell);
      try {
        return (await page.evaluate(runWith(request))) as PageAnswer;
      } catch (error) {
        const ended = crashed || !browser.isConnected() || page.isClosed();
        const what = ended ? "ended" : `failed (${messageOf(error).split("\n")[0]})`;
        throw new UsageError(
          `the page in ${place} ${what} at ${at}; choose other backends with --backends or other cases with --cases, or run without --browser`,
        );
      }
    });
    if (answer.kind === "refused") throw new UsageError(answer.message);
    const { results } = answer;
    const notes = [...results.notes, saidOf(place, note)];
    return { results: { ...results, notes }, browser: version, place };
  };
}

/** As a text, for it runs in the page. */
function runWith(request: PageRequest): string {
  const module = JSON.stringify(pageModule);
  return `import(${module}).then(({ runInPage }) => runInPage(${JSON.stringify(request)}, tell))`;
}
