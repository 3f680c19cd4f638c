import type { BenchEvent, Emit } from "../../events.js";

/** Milliseconds between two messages: as often as a person can follow. */
const pause = 100;

export interface Gathered {
  readonly emit: Emit;
  /** Passes on what is left. */
  flush(): void;
}

/**
 * Passes events on in lists, some times a second: thousands of cases would be as many messages. Of
 * steps only the last of a list is news.
 */
export function gathered(
  pass: (events: readonly BenchEvent[]) => void,
  now: () => number = () => performance.now(),
): Gathered {
  let waiting: BenchEvent[] = [];
  let last = Number.NEGATIVE_INFINITY;
  const flush = (): void => {
    if (waiting.length === 0) return;
    const step = waiting.filter(({ kind }) => kind === "step").at(-1);
    pass(waiting.filter((event) => event.kind !== "step" || event === step));
    waiting = [];
    last = now();
  };
  return {
    emit(event) {
      waiting.push(event);
      // A part may be the last that is heard for a while.
      if (event.kind === "part" || now() - last >= pause) flush();
    },
    flush,
  };
}
