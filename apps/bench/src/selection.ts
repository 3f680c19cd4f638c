import type { ConformanceCase } from "./conformance.js";
import { matchesPattern, type Options } from "./options.js";
import { UsageError } from "./usage-error.js";
import type { BenchCase } from "./workloads/bench-case.js";
import { benchCases } from "./workloads/index.js";
import { partitionId, sweptBlockSizes } from "./workloads/partition-sweep.js";

/** Seconds for each part, shared by all backends. A whole run stays within two minutes. */
export interface Limits {
  readonly roofs: number;
  readonly conformance: number;
  readonly performance: number;
  readonly partition: number;
  readonly workload: number;
  readonly peers: number;
  readonly partitionSize: number;
  /** Images that a training sees. */
  readonly images: number;
}

const fullLimits: Limits = {
  roofs: 1,
  conformance: 25,
  performance: 60,
  partition: 10,
  workload: 20,
  peers: 60,
  partitionSize: 512,
  images: 80_000,
};

const quickLimits: Limits = {
  roofs: 0.2,
  conformance: 10,
  performance: 10,
  partition: 3,
  workload: 8,
  peers: 20,
  partitionSize: 256,
  images: 16_000,
};

export function limitsOf({ quick }: Pick<Options, "quick">): Limits {
  return quick ? quickLimits : fullLimits;
}

const workloadId = "workload/fashion-mnist";

/** The cases that the options choose, part by part. */
export interface Selection {
  readonly conformance: readonly ConformanceCase[];
  readonly performance: readonly BenchCase[];
  /** Ids and block sizes. */
  readonly partition: readonly { readonly id: string; readonly blockSize: number }[];
  readonly workload: readonly string[];
}

/** Throws `UsageError` if a pattern chooses nothing. */
export function select(
  options: Pick<Options, "quick" | "cases">,
  conformance: readonly ConformanceCase[],
): Selection {
  const chosen = choose(options, conformance);
  if (!isEmpty(chosen)) return chosen;
  const { cases = "", quick } = options;
  if (quick && !isEmpty(choose({ cases, quick: false }, conformance))) {
    throw new UsageError(
      `--quick leaves out all that --cases ${cases} matches; run without --quick`,
    );
  }
  throw new UsageError(
    `no case matches --cases ${cases}; --list shows all of them, and * stands for anything`,
  );
}

function choose(
  { quick, cases }: Pick<Options, "quick" | "cases">,
  conformance: readonly ConformanceCase[],
): Selection {
  const { partitionSize } = limitsOf({ quick });
  return {
    conformance: conformance.filter(({ name }) => matchesPattern(`conformance/${name}`, cases)),
    performance: benchCases().filter((c) => (c.quick || !quick) && matchesPattern(c.id, cases)),
    partition: sweptBlockSizes(partitionSize)
      .map((blockSize) => ({ blockSize, id: partitionId(partitionSize, blockSize) }))
      .filter(({ id }) => matchesPattern(id, cases)),
    workload: [workloadId].filter((id) => matchesPattern(id, cases)),
  };
}

/** Only what is timed and has one of these ids. */
export function narrow(selection: Selection, ids: ReadonlySet<string>): Selection {
  return {
    conformance: [],
    performance: selection.performance.filter(({ id }) => ids.has(id)),
    partition: selection.partition.filter(({ id }) => ids.has(id)),
    workload: [],
  };
}

function isEmpty(selection: Selection): boolean {
  return Object.values(selection).every((list: readonly unknown[]) => list.length === 0);
}
