import type { ConformanceCase } from "./conformance.js";
import type { Options } from "./options.js";
import { matchesPattern } from "./pattern.js";
import { UsageError } from "./usage-error.js";
import type { BenchCase } from "./workloads/bench-case.js";
import { benchCases } from "./workloads/index.js";
import { partitionId, sweptBlockSizes } from "./workloads/partition-sweep.js";
import { sharedTrainingIds, trainingIds } from "./workloads/training-step.js";
import { workloads } from "./workloads/workloads.js";

/** Seconds for each part, shared by two backends: so long, and without `--peers`, two minutes in all. */
export interface Limits {
  readonly roofs: number;
  /** Of each backend that tries its kernels by itself. */
  readonly trials: number;
  readonly conformance: number;
  readonly performance: number;
  readonly partition: number;
  readonly workload: number;
  readonly peers: number;
  readonly families: number;
  readonly partitionSize: number;
  /** Images that a training sees that every run includes. */
  readonly images: number;
  /** Seconds for each network that is asked for by its name. */
  readonly networks: number;
}

const fullLimits: Limits = {
  roofs: 2,
  trials: 4,
  conformance: 40,
  performance: 45,
  partition: 8,
  workload: 16,
  peers: 150,
  families: 80,
  partitionSize: 512,
  images: 80_000,
  networks: 1200,
};

const quickLimits: Limits = {
  roofs: 0.4,
  trials: 2,
  conformance: 16,
  performance: 16,
  partition: 3,
  workload: 8,
  peers: 40,
  families: 10,
  partitionSize: 256,
  images: 16_000,
  networks: 1200,
};

export function limitsOf({ quick }: Pick<Options, "quick">): Limits {
  return quick ? quickLimits : fullLimits;
}

/** The cases that the options choose, part by part. */
export interface Selection {
  readonly conformance: readonly ConformanceCase[];
  readonly performance: readonly BenchCase[];
  /** Ids and block sizes. */
  readonly partition: readonly { readonly id: string; readonly blockSize: number }[];
  readonly workload: readonly string[];
  /** Compared with other libraries. */
  readonly compared: readonly BenchCase[];
  /** The same of training, which needs data: ids only. */
  readonly training: readonly string[];
  /** Of which those in a family are compared with each other. */
  readonly related: readonly BenchCase[];
}

/** Throws `UsageError` if a pattern chooses nothing. */
export function select(options: Choice, conformance: readonly ConformanceCase[]): Selection {
  const chosen = choose(options, conformance);
  if (!isEmpty(chosen)) return chosen;
  const { cases = "", quick, peers } = options;
  if (!peers && !isEmpty(choose({ ...options, peers: true }, conformance))) {
    throw new UsageError(
      `all that --cases ${cases} matches is only compared with other libraries; run it with --peers`,
    );
  }
  if (quick && !isEmpty(choose({ cases, quick: false, peers: true }, conformance))) {
    throw new UsageError(
      `--quick leaves out all that --cases ${cases} matches; run without --quick`,
    );
  }
  throw new UsageError(
    `no case matches --cases ${cases}; --list shows all of them, and * stands for anything`,
  );
}

export type Choice = Pick<Options, "quick" | "peers" | "cases">;

/** As `select`, where it is no error that nothing is chosen. */
export function choose(
  { quick, peers, cases }: Choice,
  conformance: readonly ConformanceCase[],
): Selection {
  const { partitionSize } = limitsOf({ quick });
  const asked = benchCases().filter(
    ({ id, when }) => (when === "always" || !quick) && matchesPattern(id, cases),
  );
  const matching = (ids: readonly string[]): readonly string[] =>
    ids.filter((id) => matchesPattern(id, cases));
  return {
    conformance: conformance.filter(({ name }) => matchesPattern(`conformance/${name}`, cases)),
    performance: asked.filter(({ when }) => when !== "asked" || cases !== undefined),
    partition: sweptBlockSizes(partitionSize)
      .map((blockSize) => ({ blockSize, id: partitionId(partitionSize, blockSize) }))
      .filter(({ id }) => matchesPattern(id, cases)),
    workload: workloads()
      .filter(({ id, when }) =>
        when === "always"
          ? matchesPattern(id, cases)
          : cases !== undefined && matchesPattern(id, cases),
      )
      .map(({ id }) => id),
    compared: peers ? asked.filter((benchCase) => benchCase.peers) : [],
    training: peers && !quick ? matching([...new Set([...trainingIds, ...sharedTrainingIds])]) : [],
    related: peers ? asked : [],
  };
}

/** What a selection holds, by its ids. */
export function idsOf(selection: Selection): readonly string[] {
  const { conformance, performance, partition, workload, training } = selection;
  return [
    ...conformance.map(({ name }) => `conformance/${name}`),
    ...[...performance, ...partition].map(({ id }) => id),
    ...workload,
    ...training,
  ];
}

/** Only what is timed and has one of these ids. */
export function narrow(selection: Selection, ids: ReadonlySet<string>): Selection {
  return {
    conformance: [],
    performance: selection.performance.filter(({ id }) => ids.has(id)),
    partition: selection.partition.filter(({ id }) => ids.has(id)),
    workload: [],
    compared: [],
    training: [],
    related: [],
  };
}

/** Whether it holds nothing. */
export function isEmpty(selection: Selection): boolean {
  return Object.values(selection).every((list: readonly unknown[]) => list.length === 0);
}
