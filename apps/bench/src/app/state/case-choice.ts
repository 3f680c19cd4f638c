import { type Signal, signal } from "@preact/signals";

/** Which cases to run, as the form holds it. */
export interface CaseChoiceState {
  readonly quick: Signal<boolean>;
  /** As in `--cases`; empty for all. */
  readonly pattern: Signal<string>;
  /** Timed cases of larger matrices are left out. */
  readonly largest: Signal<number | undefined>;
  /** Whether other libraries are measured too. */
  readonly peers: Signal<boolean>;
}

export function createCaseChoice(): CaseChoiceState {
  return {
    quick: signal(true),
    pattern: signal(""),
    largest: signal<number | undefined>(undefined),
    peers: signal(false),
  };
}
