import { mkdir, open, readFile, rename, rm } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import type { Timing } from "./measure.js";
import type { Roofs } from "./roof.js";
import { UsageError } from "./usage-error.js";
import type { TrainingResult } from "./workloads/fashion-mnist.js";
import type { PartitionEntry } from "./workloads/partition-sweep.js";

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
  readonly conformance: readonly ConformanceEntry[];
  readonly performance: readonly PerformanceEntry[];
  readonly partition: readonly PartitionEntry[];
  readonly workload: readonly WorkloadEntry[];
  readonly peers: PeerReport;
  /** What a reader should know: what was left out, and why. */
  readonly notes: readonly string[];
}

export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryBytes: number;
  readonly platform: string;
  readonly runtime: string;
}

export interface ReportOptions {
  readonly quick: boolean;
  readonly cases?: string;
  readonly peers: boolean;
  readonly threads?: number;
}

export interface BackendEntry {
  readonly name: string;
  readonly ran: boolean;
  /** Why it did not run. */
  readonly reason?: string;
  readonly device?: string;
  readonly dtypes?: readonly string[];
  readonly threads?: number;
  readonly notes?: readonly string[];
}

export interface ConformanceEntry {
  readonly backend: string;
  readonly name: string;
  readonly operation: string;
  readonly dtype: string;
  readonly status: "passed" | "failed" | "unsupported" | "skipped";
  readonly message?: string;
  readonly checks: number;
}

/** A speed, and what share of the roof in the same unit it reaches. */
export interface Rate {
  readonly value: number;
  readonly unit: "GFLOP/s" | "GB/s";
  readonly shareOfRoof: number;
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
  readonly timing?: Timing;
  readonly rate?: Rate;
}

export interface WorkloadEntry {
  readonly id: string;
  readonly backend: string;
  readonly label: string;
  readonly status: "measured" | "failed" | "skipped";
  readonly message?: string;
  readonly data?: string;
  readonly training?: TrainingResult;
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

/**
 * Writes the report beside its place and then moves it there, so that a reader finds all of it or
 * what was there before. Makes the folder. Throws `UsageError` where that cannot be.
 */
export async function writeReport(path: string, report: Report): Promise<void> {
  const target = resolve(path);
  const temporary = join(dirname(target), `.${basename(target)}.${process.pid}.tmp`);
  try {
    await mkdir(dirname(target), { recursive: true });
    const file = await open(temporary, "w");
    try {
      await file.writeFile(`${JSON.stringify(report, null, 2)}\n`);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, target);
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined);
    throw new UsageError(
      `the report could not be written to ${target} (${reason(error)}); name a file in a folder that you may write to with --json`,
    );
  }
}

/** Reads and validates a report. Throws `UsageError` with the remedy. */
export async function readReport(path: string): Promise<Report> {
  const remedy = "run the bench with --json FILE to make one";
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    throw new UsageError(`the report ${path} cannot be read (${reason(error)}); ${remedy}`);
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new UsageError(
      `${path} is not JSON, perhaps it was cut off (${reason(error)}); ${remedy}`,
    );
  }
  const problem = problemOf(value);
  if (problem !== undefined) {
    throw new UsageError(`${path} is not a report of this bench: ${problem}; ${remedy}`);
  }
  return value as Report;
}

/** What is not as in a `Report`, in those parts that a comparison reads. */
export function problemOf(value: unknown): string | undefined {
  if (!isRecord(value) || value["kind"] !== "blk-bench") return `it has no "kind": "blk-bench"`;
  if (value["version"] !== 1) {
    return `its version is ${JSON.stringify(value["version"])}, expected 1`;
  }
  if (!isRecord(value["machine"])) return `"machine" is missing`;
  const lists: Readonly<Record<string, readonly string[]>> = {
    backends: ["name"],
    conformance: ["backend", "name", "status"],
    performance: ["backend", "id", "status"],
    partition: ["backend", "id"],
    workload: ["backend", "id", "status"],
  };
  for (const [list, fields] of Object.entries(lists)) {
    const entries = value[list];
    if (!Array.isArray(entries)) return `"${list}" is missing`;
    for (const [i, entry] of entries.entries()) {
      const missing = fields.find((field) => !isRecord(entry) || typeof entry[field] !== "string");
      if (missing !== undefined) return `${list}[${i}] has no "${missing}"`;
      const timing = (entry as Record<string, unknown>)["timing"];
      if (timing !== undefined && !isTiming(timing)) return `${list}[${i}] has a broken "timing"`;
    }
  }
  return undefined;
}

function isTiming(value: unknown): boolean {
  return (
    isRecord(value) &&
    ["median", "lower", "upper"].every((field) => typeof value[field] === "number")
  );
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function reason(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
