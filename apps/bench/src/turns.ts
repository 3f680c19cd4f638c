import { type MeasureOptions, measureInterleaved, type Subject, type Timing } from "./measure.js";
import { messageOf } from "./message-of.js";

/** Somebody or something that takes part. */
export interface Entrant<About> {
  readonly about: About;
  /** `undefined` where it has no such operation. */
  prepare(): Promise<Runner | undefined>;
}

export interface Runner {
  readonly subject: Subject;
  /** What is wrong with the last result, or `undefined`. */
  check(): Promise<string | undefined>;
  dispose(): void;
}

export type Outcome<About> = About &
  (
    | { readonly status: "measured"; readonly timing: Timing }
    | { readonly status: "wrong" | "failed"; readonly message: string }
  );

interface Ready<About> {
  readonly about: About;
  readonly runner: Runner;
}

/**
 * Times all entrants in turns, as long as `how` says, so that a machine that changes its speed is
 * fair to all, and checks every result. Those that fail come last. Rejects with what is thrown in
 * the midst of the turns.
 */
export async function timeInTurns<About extends object>(
  entrants: readonly Entrant<About>[],
  how: Pick<MeasureOptions, "seconds" | "warmUp">,
): Promise<readonly Outcome<About>[]> {
  const failed: Outcome<About>[] = [];
  const ready: Ready<About>[] = [];
  try {
    for (const entrant of entrants) {
      const { about } = entrant;
      const runner = await attempt(entrant, (message) => {
        failed.push({ ...about, status: "failed", message });
      });
      if (runner !== undefined) ready.push({ about, runner });
    }
    const subjects = ready.map(({ runner }) => runner.subject);
    const timings = await measureInterleaved(subjects, how);
    const outcomes: Outcome<About>[] = [];
    for (const [i, { about, runner }] of ready.entries()) {
      const timing = timings[i] as Timing;
      const message = await runner.check();
      outcomes.push(
        message === undefined
          ? { ...about, status: "measured", timing }
          : { ...about, status: "wrong", message },
      );
    }
    return [...outcomes, ...failed];
  } finally {
    for (const { runner } of ready) runner.dispose();
  }
}

/** Once before the clock runs: who cannot do it must not spoil the turns of the others. */
async function attempt<About>(
  { prepare }: Entrant<About>,
  onFailure: (message: string) => void,
): Promise<Runner | undefined> {
  let runner: Runner | undefined;
  try {
    runner = await prepare();
    await runner?.subject.run();
    await runner?.subject.finish();
    return runner;
  } catch (error) {
    runner?.dispose();
    onFailure(messageOf(error));
    return undefined;
  }
}
