import { checkRunning, chosenBy } from "../backends.js";
import type { Emit } from "../events.js";
import { nameIn, saidOf } from "../name-in.js";
import { limitsOf } from "../selection.js";
import { UsageError } from "../usage-error.js";
import { fetchData } from "./fetch-data.js";
import { inPlace } from "./in-place.js";
import { measureInPage } from "./measure-in-page.js";
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
  const { options, place, required, others, hasData, peersMissing } = request;
  const notes: string[] = [];
  const tell: Emit = (event) => {
    // The program gets all results in the end.
    if (event.kind === "found" || event.kind === "loss" || event.kind === "memory") return;
    if (event.kind === "note") notes.push(event.text);
    emit(
      "part" in event
        ? { ...event, part: `${event.part} in ${place}` }
        : { ...event, text: saidOf(place, event.text) },
    );
  };
  const selection = pageSelection(request);
  const data = hasData && selection.workload.length > 0 ? { images: await fetchData() } : undefined;
  const isNameChosen = chosenBy(options.backends);
  const results = await measureInPage({
    providers: pageProviders(options),
    isChosen: (name) => isNameChosen(nameIn(name, place)),
    onOpened(backends) {
      const named = backends.map((entry) => ({ ...entry, name: nameIn(entry.name, place) }));
      checkRunning([...others, ...named], required);
    },
    ...{ selection, limits: limitsOf(options), data, peersMissing, emit: tell },
  });
  return inPlace({ ...results, notes: [...notes, ...results.notes] }, place);
}
