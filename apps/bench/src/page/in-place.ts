import { nameIn, saidOf } from "../name-in.js";
import type { PageResults } from "./page-request.js";

/** Results whose names of backends and libraries and whose notes say where they were measured. */
export function inPlace(results: PageResults, place: string): PageResults {
  const placed = <Entry extends { readonly backend: string }>(
    entries: readonly Entry[],
  ): readonly Entry[] =>
    entries.map((entry) => ({ ...entry, backend: nameIn(entry.backend, place) }));
  const { libraries, results: timed, ratios } = results.peers;
  return {
    ...results,
    backends: results.backends.map((entry) => ({ ...entry, name: nameIn(entry.name, place) })),
    conformance: placed(results.conformance),
    performance: placed(results.performance),
    partition: placed(results.partition),
    workload: placed(results.workload),
    peers: {
      libraries: libraries.map((library) => ({ ...library, name: nameIn(library.name, place) })),
      results: timed.map((result) => ({
        ...result,
        contender: nameIn(result.contender, place),
      })),
      ratios: placed(ratios).map((ratio) => ({ ...ratio, peer: nameIn(ratio.peer, place) })),
    },
    notes: results.notes.map((note) => saidOf(place, note)),
  };
}
