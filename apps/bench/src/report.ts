import type { KernelTrial } from "@blk/core";
import type { CaseFailure } from "./case-failure.js";
import type { FamilyEntry } from "./families.js";
import type { GoalResult } from "./goals.js";
import type { Timing } from "./measure.js";
import type { MemoryNeed } from "./memory-need.js";
import type { Roofs } from "./roof.js";
import type { CompressionResult } from "./workloads/compression.js";
import type { TrainingResult } from "./workloads/fashion-mnist.js";
import type { PartitionEntry } from "./workloads/partition-sweep.js";
import type { RidgeResult } from "./workloads/ridge.js";

/** Everything that a run found out, as plain JSON. */
export interface Report {
  readonly kind: "blk-bench";
  /** Of this format. */
  readonly version: 1;
  readonly date: string;
  readonly seconds: number;
  readonly machine: Machine;
  readonly options: ReportOptions;
  readonly backends: readonly BackendEntry[];
  readonly roofs: Roofs;
  /** Those of the page, which the shares of its backends are of. */
  readonly pageRoofs?: Roofs;
  readonly conformance: readonly ConformanceEntry[];
  readonly performance: readonly PerformanceEntry[];
  readonly partition: readonly PartitionEntry[];
  readonly workload: readonly WorkloadEntry[];
  readonly peers: PeerReport;
  /** Cases that are compared with each other, timed in turns. */
  readonly families: readonly FamilyEntry[];
  /** What the figures are to reach, beside what they are. */
  readonly goals: readonly GoalResult[];
  /** What a reader should know: what was left out, and why. */
  readonly notes: readonly string[];
}

export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryBytes: number;
  readonly platform: string;
  readonly runtime: string;
  /** Where the backends of a page ran. */
  readonly browser?: string;
}

export interface ReportOptions {
  readonly quick: boolean;
  readonly cases?: string;
  readonly peers: boolean;
  readonly threads?: number;
  /** Of timed cases, only those of these sizes. */
  readonly sizes?: readonly number[];
}

export interface BackendEntry {
  readonly name: string;
  readonly ran: boolean;
  /** Why it did not run. */
  readonly reason?: string;
  /** The browser whose page it ran in, by the word in its name; absent where this process ran it. */
  readonly place?: string;
  /** From the call of `openBackend` to a backend that is ready. */
  readonly openSeconds?: number;
  readonly device?: string;
  readonly dtypes?: readonly string[];
  readonly threads?: number;
  readonly notes?: readonly string[];
  /** Why its device was lost while it was measured. */
  readonly lost?: string;
  /** Kernels that it tried while it was measured; absent in older reports. */
  readonly trials?: readonly KernelTrial[];
}

export interface ConformanceEntry {
  readonly backend: string;
  readonly name: string;
  readonly operation: string;
  readonly dtype: string;
  readonly status: "passed" | "failed" | "unsupported" | "skipped";
  readonly message?: string;
  /** Of the first cases of an operation that failed: their inputs, and the element that is wrong. */
  readonly failure?: CaseFailure;
  readonly checks: number;
}

/** A speed, and what share of the roof in the same unit it reaches. */
export interface Rate {
  readonly value: number;
  readonly unit: "GFLOP/s" | "GB/s";
  readonly shareOfRoof: number;
  /** Plain JavaScript's, or that of vectors of 128 bits. */
  readonly roof: "scalar" | "simd";
}

export interface PerformanceEntry {
  readonly id: string;
  readonly backend: string;
  readonly group: string;
  readonly label: string;
  readonly dtype: string;
  /** `wrong`: the result did not pass the check, so its time means nothing and is not given. */
  readonly status: "measured" | "wrong" | "failed" | "skipped";
  readonly message?: string;
  /** Floating-point operations of one call; absent in older reports. */
  readonly flops?: number;
  /** Bytes of its operands and result, each counted once; absent in older reports. */
  readonly bytes?: number;
  readonly timing?: Timing;
  readonly rate?: Rate;
  /** Of one call; absent in older reports. */
  readonly memory?: MemoryNeed;
}

export interface WorkloadEntry {
  readonly id: string;
  readonly backend: string;
  readonly label: string;
  readonly status: "measured" | "failed" | "skipped";
  readonly message?: string;
  readonly data?: string;
  readonly training?: TrainingResult;
  readonly ridge?: RidgeResult;
  readonly compression?: CompressionResult;
}

export interface PeerReport {
  readonly libraries: readonly PeerLibrary[];
  readonly results: readonly PeerResult[];
  readonly ratios: readonly PeerRatio[];
}

export interface PeerLibrary {
  readonly name: string;
  readonly ran: boolean;
  readonly version?: string;
  readonly threads?: number;
  readonly reason?: string;
}

/** A case as a backend or another library ran it, in turns with all others. */
export interface PeerResult {
  readonly id: string;
  readonly label: string;
  readonly dtype: string;
  readonly contender: string;
  readonly isPeer: boolean;
  readonly threads: number;
  readonly call?: string;
  readonly status: "measured" | "wrong" | "failed";
  readonly message?: string;
  readonly timing?: Timing;
  readonly rate?: Rate;
}

/** How many times as fast as the peer the backend is. */
export interface PeerRatio {
  readonly id: string;
  readonly label: string;
  readonly dtype: string;
  readonly backend: string;
  readonly peer: string;
  readonly ratio: number;
  /** Whether this is one of the pairs that the summary names. */
  readonly headline: boolean;
}
