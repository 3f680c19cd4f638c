/** One thing to be timed. */
export interface Subject {
  /** Starts (or does) the work once. */
  run(): void | Promise<void>;
  /** Resolves when all started work is done; awaited inside of the timed region. */
  finish(): Promise<void>;
}

/** Seconds of one call: half of all samples lie between `lower` and `upper`. */
export interface Timing {
  readonly median: number;
  readonly lower: number;
  readonly upper: number;
  readonly fastest: number;
  readonly samples: number;
  /** Calls that one sample averages over, so that it is long enough for the clock. */
  readonly callsPerSample: number;
}

export interface MeasureOptions {
  /** Time to spend on each subject, warm-up included. A slow subject takes what few samples take. */
  readonly seconds: number;
  /** Seconds of each subject before its samples, instead of a share of `seconds`. */
  readonly warmUp?: number;
  readonly minSamples?: number;
  readonly maxSamples?: number;
  /** The clock, in seconds. */
  readonly now?: () => number;
}

/** A sample is at least this long. */
const sampleSeconds = 0.001;
const warmUpShare = 0.25;

/** Times one subject. Rejects with what it throws. */
export async function measure(subject: Subject, options: MeasureOptions): Promise<Timing> {
  const [timing] = await measureInterleaved([subject], options);
  return timing as Timing;
}

/** Times several subjects in turns, so that a machine that changes its speed is fair to all. */
export async function measureInterleaved(
  subjects: readonly Subject[],
  options: MeasureOptions,
): Promise<readonly Timing[]> {
  const { seconds, minSamples = 3, maxSamples = 60, now = clock } = options;
  const { warmUp: before = seconds * warmUpShare } = options;
  const calls: number[] = [];
  for (const subject of subjects) {
    const call = await warmUp(subject, before, now);
    calls.push(Math.max(1, Math.ceil(sampleSeconds / Math.max(call, 1e-9))));
  }
  const samples: number[][] = subjects.map(() => []);
  const limit = now() + seconds * (1 - warmUpShare) * subjects.length;
  for (let round = 0; round < maxSamples && (round < minSamples || now() < limit); round++) {
    for (const [i, subject] of subjects.entries()) {
      (samples[i] as number[]).push(await sample(subject, calls[i] as number, now));
    }
  }
  return samples.map((list, i) => ({ ...summarize(list), callsPerSample: calls[i] as number }));
}

/** The middle of the samples and how far they spread. */
export function summarize(samples: readonly number[]): Omit<Timing, "callsPerSample"> {
  const sorted = [...samples].sort((x, y) => x - y);
  return {
    median: quantile(sorted, 0.5),
    lower: quantile(sorted, 0.25),
    upper: quantile(sorted, 0.75),
    fastest: quantile(sorted, 0),
    samples: sorted.length,
  };
}

/** The value below which a share of the ascending `sorted` lies, interpolated. */
export function quantile(sorted: readonly number[], share: number): number {
  if (sorted.length === 0) return Number.NaN;
  const position = share * (sorted.length - 1);
  const below = Math.floor(position);
  const low = sorted[below] as number;
  const high = sorted[Math.min(below + 1, sorted.length - 1)] as number;
  return low + (high - low) * (position - below);
}

/** Half the distance of the quartiles, as a share of the median. */
export function spread({ median, lower, upper }: Timing): number {
  return median > 0 ? (upper - lower) / 2 / median : 0;
}

/** Runs until the engine had time to compile; returns the seconds of a late call. */
async function warmUp(subject: Subject, seconds: number, now: () => number): Promise<number> {
  const start = now();
  let calls = 1;
  let call = await sample(subject, 1, now);
  while (now() - start < seconds) {
    calls = call < seconds / 20 ? Math.min(calls * 2, 1024) : 1;
    call = await sample(subject, calls, now);
  }
  return call;
}

/** Mean seconds of `calls` calls, completion included. */
async function sample(subject: Subject, calls: number, now: () => number): Promise<number> {
  const start = now();
  for (let i = 0; i < calls; i++) {
    const pending = subject.run();
    if (pending !== undefined) await pending;
  }
  await subject.finish();
  return (now() - start) / calls;
}

function clock(): number {
  return performance.now() / 1000;
}
