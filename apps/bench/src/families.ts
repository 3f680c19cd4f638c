import type { Backend } from "@blk/core";
import type { Emit } from "./events.js";
import type { Timing } from "./measure.js";
import { messageOf } from "./message-of.js";
import type { Rate } from "./report.js";
import type { MeasuredProbes, Probe, ProbeKind } from "./simd-roof.js";
import { type Entrant, type Outcome, timeInTurns } from "./turns.js";
import type { BenchCase } from "./workloads/bench-case.js";
import { densities } from "./workloads/block-sparse.js";
import { runnerOn } from "./workloads/case-runner.js";
import { factorisationId } from "./workloads/factorisation.js";
import { batchSizes } from "./workloads/matmul.js";
import { sharedTrainingIds } from "./workloads/training-step.js";

/**
 * Cases of one backend whose times are compared with each other and with what the machine can do:
 * all are timed in turns, for a machine may be faster now than a minute ago.
 */
export interface Family {
  readonly name: string;
  readonly ids: readonly string[];
  /** Compares threads: every backend that has more than the first takes part as well. */
  readonly threads?: boolean;
  /**
   * How many times its time a case runs before that begins. For as long as the engine compiles in the
   * background, it needs the cores that the threads are to have.
   */
  readonly warmUp?: number;
}

/** A case, or a probe of the machine, as it was timed in its family. */
export interface FamilyEntry {
  readonly family: string;
  /** That of the case; a probe's is `probe/` and its kind. */
  readonly id: string;
  /** A backend, or `machine`. */
  readonly contender: string;
  readonly threads: number;
  readonly status: "measured" | "wrong" | "failed";
  readonly message?: string;
  readonly timing?: Timing;
  /** Of the fastest sample; its roof is the probe of the same family. */
  readonly rate?: Rate;
}

const products = [256, 512, 1024].map((n) => ({
  name: `products/${n}`,
  ids: [
    `matmul/f32/${n}`,
    ...["nt", "tn", "tt", "window"].map((kind) => `matmul/f32/${kind}/${n}`),
    `matmul/f64/${n}`,
  ],
}));

const batches = [64, 128].map((n) => ({
  name: `batches/${n}`,
  ids: [`matmul/f32/${n}`, ...batchSizes.map((count) => `matmul/f32/batch-${count}/${n}`)],
}));

/** Products that each core has in its own cache: what they gain, the machine's cores give. */
export const coresId = "matmul/f32/batch-16/64";

/** Factorisations that products dominate. */
export const blockedFactorisations = ["cholesky", "lu-solve", "qr"] as const;

export const families: readonly Family[] = [
  ...products,
  { name: "products/2048", ids: ["matmul/f32/2048", "matmul/f64/2048"] },
  ...batches,
  {
    name: "block-sparse/1024",
    ids: [
      "matmul/f32/1024",
      ...[32, 64].flatMap((block) =>
        densities.map((percent) => `block-sparse/f32/1024/block-${block}/density-${percent}`),
      ),
    ],
  },
  {
    name: "memory",
    ids: [
      "matmul/f32/row-times-matrix/4096",
      "matmul/f32/matrix-times-column/4096",
      "elementwise/f32/multiply-add/1024",
      "elementwise/f32/multiply-add/2048",
      ...["row", "column", "matrix"].map((per) => `reduction/f32/sum-per-${per}/4096x1024`),
      "reduction/f32/sum-per-row/1024",
      "softmax/f32/1024x1024",
      "softmax/f32/4096x1024",
    ],
  },
  {
    name: "linalg/1024",
    ids: ["matmul/f64/1024", ...blockedFactorisations.map((kind) => factorisationId(kind, 1024))],
  },
  { name: "calls", ids: ["call/f32/multiply/1", "call/f32/matmul-out/1"] },
  {
    name: "threads",
    ids: ["matmul/f32/512", "matmul/f32/1024", "matmul/f32/2048", coresId],
    threads: true,
  },
  { name: "threads/training", ids: [...sharedTrainingIds, coresId], threads: true, warmUp: 4 },
];

/**
 * The families with only those cases that are given. Those that have none are left out, and comparisons of
 * threads that have nothing but the measure of the cores.
 */
export function familiesOf(cases: readonly BenchCase[]): readonly Family[] {
  const chosen = new Set(cases.map(({ id }) => id));
  return families
    .map((family) => ({ ...family, ids: family.ids.filter((id) => chosen.has(id)) }))
    .filter(({ ids, threads }) => ids.some((id) => threads !== true || id !== coresId));
}

/** Times the chosen families on the first backend, within about `seconds`. */
export async function timeFamilies(
  backends: readonly Backend[],
  cases: readonly BenchCase[],
  probes: MeasuredProbes["best"],
  seconds: number,
  emit: Emit,
): Promise<readonly FamilyEntry[]> {
  const known = new Map(cases.map((benchCase) => [benchCase.id, benchCase]));
  const entrantsOf = familiesOf(cases).map((family) => {
    const contenders = contendersOf(family, backends);
    const members = family.ids.map((id) => known.get(id) as BenchCase);
    const own = contenders.flatMap((backend) =>
      members
        .filter(({ dtype }) => backend.capabilities.dtypes.includes(dtype))
        .map((benchCase) => caseEntrant(family, benchCase, backend)),
    );
    // One backend alone cannot be compared with itself on more threads.
    const isOne = family.threads === true && contenders.length < 2;
    const entrants =
      own.length === 0 || isOne ? [] : [...own, ...probeEntrants(family, members, probes)];
    return { family, entrants };
  });
  const total = entrantsOf.reduce(
    (sum, { family, entrants }) => sum + entrants.length * (1 + (family.warmUp ?? 0)),
    0,
  );
  const entries: FamilyEntry[] = [];
  for (const [i, { family, entrants }] of entrantsOf.entries()) {
    if (entrants.length === 0) continue;
    emit({ kind: "step", part, label: family.name, done: i, total: entrantsOf.length });
    const time = Math.min(2, seconds / total);
    const { warmUp } = family;
    const how = { seconds: time, ...(warmUp !== undefined && { warmUp: warmUp * time }) };
    try {
      entries.push(...withRates(await timeInTurns(entrants, how)));
    } catch (error) {
      emit({ kind: "note", text: `${family.name}: not compared, ${messageOf(error)}` });
    }
  }
  return entries;
}

export const part = "cases beside each other";

function contendersOf({ threads }: Family, backends: readonly Backend[]): readonly Backend[] {
  const [first, ...others] = backends as readonly [Backend, ...Backend[]];
  if (threads !== true) return [first];
  const more = others.filter((b) => b.capabilities.threads > first.capabilities.threads);
  return [first, ...more];
}

interface About extends Pick<FamilyEntry, "family" | "id" | "contender" | "threads"> {
  readonly unit: BenchCase["unit"];
  /** The probe that this is, or whose rate is the roof. */
  readonly probe: ProbeKind;
  /** Operations or bytes. */
  readonly work: number;
}

function caseEntrant({ name }: Family, benchCase: BenchCase, backend: Backend): Entrant<About> {
  const { id, unit, dtype, flops, bytes } = benchCase;
  const { threads } = backend.capabilities;
  const isCompute = unit === "GFLOP/s";
  return {
    about: {
      ...{ family: name, id, contender: backend.name, threads, unit },
      ...{ probe: isCompute ? dtype : "copy", work: isCompute ? flops : bytes },
    },
    prepare: async () => runnerOn(backend, benchCase.create()),
  };
}

/** A probe for every unit and type among the cases. */
function probeEntrants(
  { name }: Family,
  cases: readonly BenchCase[],
  probes: MeasuredProbes["best"],
): readonly Entrant<About>[] {
  const kinds = new Set<ProbeKind>(
    cases.flatMap(({ unit, dtype }) => {
      if (unit === "call") return [];
      return unit === "GFLOP/s" ? [dtype] : (["copy", "read"] as const);
    }),
  );
  return [...kinds].flatMap((kind) => {
    const probe = probes.get(kind);
    return probe === undefined ? [] : [probeEntrant(name, probe)];
  });
}

function probeEntrant(family: string, { kind, work, run }: Probe): Entrant<About> {
  const isCompute = kind === "f32" || kind === "f64";
  return {
    about: {
      ...{ family, id: probeId(kind), contender: "machine", threads: 1, work, probe: kind },
      unit: isCompute ? "GFLOP/s" : "GB/s",
    },
    prepare: async () => ({
      subject: { run, finish: async () => undefined },
      check: async () => undefined,
      dispose: () => undefined,
    }),
  };
}

export function probeId(kind: ProbeKind): string {
  return `probe/${kind}`;
}

/** Threads multiply what one core computes, not what memory moves. */
function withRates(outcomes: readonly Outcome<About>[]): readonly FamilyEntry[] {
  const rateOf = (outcome: Outcome<About>): number =>
    outcome.status === "measured" ? outcome.work / outcome.timing.fastest / 1e9 : Number.NaN;
  return outcomes.map((outcome) => {
    const { probe, unit, work: _, ...entry } = outcome;
    if (outcome.status !== "measured" || unit === "call") return entry;
    const machine = outcomes.find(({ id }) => id === probeId(probe));
    if (machine === undefined) return entry;
    const most = rateOf(machine) * (unit === "GFLOP/s" ? outcome.threads : 1);
    const value = rateOf(outcome);
    return { ...entry, rate: { value, unit, shareOfRoof: value / most, roof: "simd" } };
  });
}
