import { type ReadonlySignal, type Signal, signal } from "@preact/signals";
import { askWorker } from "../ask-worker.js";
import type { Counts, RunRequest } from "../worker/tasks.js";

/** Which cases to run, as the form holds it. */
export interface CaseChoiceState {
  readonly quick: Signal<boolean>;
  /** As in `--cases`; empty for all. */
  readonly pattern: Signal<string>;
  /** Of timed cases, only those of these sizes; empty for all. */
  readonly sizes: Signal<readonly number[]>;
  /** Whether other libraries are measured too. */
  readonly peers: Signal<boolean>;
  /** Of the choice, once they are known. */
  readonly counts: ReadonlySignal<Counts | undefined>;
  /** Counts the cases of a choice, a moment later; the function gives up on that. */
  count(request: CaseRequest): () => void;
}

export type CaseRequest = Omit<RunRequest, "modules">;

/** Milliseconds after the last key before cases are counted. */
const pause = 250;

export function createCaseChoice(): CaseChoiceState {
  const counts = signal<Counts | undefined>(undefined);
  return {
    quick: signal(true),
    pattern: signal(""),
    sizes: signal<readonly number[]>([]),
    peers: signal(false),
    counts,
    count(request) {
      let stop = (): void => undefined;
      const timer = setTimeout(async () => {
        const asked = askWorker("count", request);
        stop = asked.stop;
        // Where it cannot be counted, the run will say why.
        counts.value = await asked.answer.catch(() => undefined);
      }, pause);
      return () => {
        clearTimeout(timer);
        stop();
      };
    },
  };
}
