import { type Comparison, compareReports } from "./compare.js";
import type { Timing } from "./measure.js";
import type { PerformanceEntry, Report } from "./report.js";
import { type RunInputs, run } from "./run.js";
import type { PartitionEntry, PathCost } from "./workloads/partition-sweep.js";

/**
 * What else the machine does meanwhile makes some of many cases look slower in nearly every run:
 * those are measured once more, and the better time counts.
 */
export async function measureAgain(
  report: Report,
  before: Report,
  inputs: RunInputs,
): Promise<Report> {
  const only = slowerIds(compareReports(before, report));
  if (only.size === 0) return report;
  const seeming = only.size === 1 ? "1 case seems" : `${only.size} cases seem`;
  inputs.emit?.({ kind: "news", text: `${seeming} slower than before: measuring again` });
  const options = { ...inputs.options, peers: false };
  return withBetterTimes(report, await run({ ...inputs, options, only }));
}

function slowerIds({ changes }: Comparison): ReadonlySet<string> {
  return new Set(changes.filter(({ kind }) => kind === "slower").map(({ id }) => id));
}

/** `report` with the better of two times for whatever `again` holds too. */
export function withBetterTimes(report: Report, again: Report): Report {
  const notes = [
    ...report.notes,
    `measured twice, for they seemed slower than before: ${namesOf(again).join(", ")}`,
  ];
  const performance = report.performance.map((entry) =>
    betterEntry(entry, again.performance.find(isSame(entry))),
  );
  const partition = report.partition.map((entry) =>
    betterPaths(entry, again.partition.find(isSame(entry))),
  );
  const seconds = report.seconds + again.seconds;
  return { ...report, seconds, performance, partition, notes };
}

function namesOf({ performance, partition }: Report): readonly string[] {
  return [...new Set([...performance, ...partition].map(({ id }) => id))];
}

interface Identified {
  readonly backend: string;
  readonly id: string;
}

function isSame({ backend, id }: Identified): (other: Identified) => boolean {
  return (other) => other.backend === backend && other.id === id;
}

/** A result that is wrong the second time is no better for having been right once. */
function betterEntry(first: PerformanceEntry, second?: PerformanceEntry): PerformanceEntry {
  if (second === undefined || second.status === "skipped") return first;
  return second.status !== "measured" || isFaster(second.timing, first.timing) ? second : first;
}

function betterPaths(first: PartitionEntry, second?: PartitionEntry): PartitionEntry {
  if (second === undefined) return first;
  const better = (path: "unblocked" | "cut" | "blocks"): PathCost => {
    const [x, y] = [first[path], second[path]];
    return y.message !== undefined || isFaster(y.timing, x.timing) ? y : x;
  };
  return {
    ...first,
    unblocked: better("unblocked"),
    cut: better("cut"),
    blocks: better("blocks"),
  };
}

function isFaster(x: Timing | undefined, y: Timing | undefined): boolean {
  return x !== undefined && y !== undefined && x.median < y.median;
}
