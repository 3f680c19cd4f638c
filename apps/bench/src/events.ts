import type { Report } from "./report.js";
import type { LossPoint } from "./workloads/judge.js";

/** What a run tells while it goes on; a terminal or a page shows it. */
export type BenchEvent =
  | { readonly kind: "part"; readonly part: string }
  | {
      readonly kind: "step";
      readonly part: string;
      readonly label: string;
      readonly done: number;
      readonly total: number;
    }
  /** Worth a line now, but not in the report. */
  | { readonly kind: "news"; readonly text: string }
  /** Goes into the report too. */
  | { readonly kind: "note"; readonly text: string }
  /** Of a training under way. */
  | {
      readonly kind: "loss";
      readonly backend: string;
      readonly id: string;
      readonly point: LossPoint;
    }
  /** Of a backend, in bytes: live now, and the most that the last case needed. */
  | {
      readonly kind: "memory";
      readonly backend: string;
      readonly live: number;
      readonly peak: number;
    }
  /** Parts of the report, as soon as they are known: entries are added to those from before. */
  | { readonly kind: "found"; readonly results: Found };

export type Found = Partial<
  Pick<
    Report,
    | "backends"
    | "roofs"
    | "conformance"
    | "performance"
    | "partition"
    | "workload"
    | "peers"
    | "notes"
  >
>;

export type Emit = (event: BenchEvent) => void;

/** A share of the run's time. */
export class Budget {
  readonly #end: number;

  constructor(seconds: number) {
    this.#end = performance.now() + seconds * 1000;
  }

  /** Seconds left, 0 when it is used up. */
  get left(): number {
    return Math.max(0, (this.#end - performance.now()) / 1000);
  }
}

/** The time of one part, for several that come one after the other: who needs less leaves more. */
export class SharedTime {
  #seconds: number;
  #sharers: number;

  constructor(seconds: number, sharers: number) {
    this.#seconds = seconds;
    this.#sharers = sharers;
  }

  /** Does the work of the next one, which is told how long it may take. */
  async spend<T>(work: (seconds: number) => Promise<T>): Promise<T> {
    const start = performance.now();
    const share = Math.max(0, this.#seconds) / Math.max(1, this.#sharers);
    try {
      return await work(share);
    } finally {
      this.#seconds -= (performance.now() - start) / 1000;
      this.#sharers -= 1;
    }
  }
}
