import { nameIn, saidOf } from "../name-in.js";
import type { PageResults } from "./page-request.js";

/** Results whose names of backends and notes say where they were measured. */
export function inPlace(results: PageResults, place: string): PageResults {
  const placed = <Entry extends { readonly backend: string }>(
    entries: readonly Entry[],
  ): readonly Entry[] =>
    entries.map((entry) => ({ ...entry, backend: nameIn(entry.backend, place) }));
  return {
    ...results,
    backends: results.backends.map((entry) => ({ ...entry, name: nameIn(entry.name, place) })),
    conformance: placed(results.conformance),
    performance: placed(results.performance),
    partition: placed(results.partition),
    workload: placed(results.workload),
    notes: results.notes.map((note) => saidOf(place, note)),
  };
}
