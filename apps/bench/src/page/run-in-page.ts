import { checkRunning, chosenBy, withBackends } from "../backends.js";
import type { Emit } from "../events.js";
import { nameIn, saidOf } from "../name-in.js";
import { measureRoofs } from "../roof.js";
import { runBackends } from "../run-backends.js";
import { limitsOf } from "../selection.js";
import { skipNotes } from "../skip-notes.js";
import { UsageError } from "../usage-error.js";
import { compareInPage } from "./compare-in-page.js";
import { fetchData } from "./fetch-data.js";
import { inPlace } from "./in-place.js";
import { pageProviders } from "./page-providers.js";
import type { PageAnswer, PageRequest, PageResults } from "./page-request.js";
import { pageSelection } from "./page-selection.js";

/** Measures the backends of a page: the module that the bench's page loads. */
export async function runInPage(request: PageRequest, emit: Emit): Promise<PageAnswer> {
  try {
    return { kind: "measured", results: await measurePage(request, emit) };
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    return { kind: "refused", message: error.message };
  }
}

async function measurePage(request: PageRequest, emit: Emit): Promise<PageResults> {
  const { options, place, required, others, hasData, peersMissing: missing } = request;
  const notes: string[] = [];
  const tell: Emit = (event) => {
    if (event.kind === "note") notes.push(event.text);
    emit(
      "part" in event
        ? { ...event, part: `${event.part} in ${place}` }
        : { ...event, text: saidOf(place, event.text) },
    );
  };
  const selection = pageSelection(request);
  const data = hasData && selection.workload.length > 0 ? { images: await fetchData() } : undefined;
  const limits = limitsOf(options);
  const providers = pageProviders(options);
  const isNameChosen = chosenBy(options.backends);
  const isChosen = (name: string): boolean => isNameChosen(nameIn(name, place));

  const results = await withBackends(providers, isChosen, tell, async ({ opened, entries }) => {
    const named = entries.map((entry) => ({ ...entry, name: nameIn(entry.name, place) }));
    checkRunning([...others, ...named], required);
    tell({ kind: "part", part: "what this machine can do" });
    const { roofs } = measureRoofs(limits.roofs);
    const inputs = { opened, providers, selection, limits, roofs, data, emit: tell };
    const measured = await runBackends(inputs);
    notes.push(...skipNotes(measured, opened));
    const [cases, seconds] = [selection.compared, limits.peers];
    const peers = await compareInPage({ opened, cases, roofs, seconds, missing, emit: tell });
    return { backends: entries, roofs, ...measured, peers };
  });
  return inPlace({ ...results, notes }, place);
}
