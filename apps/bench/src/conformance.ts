import type { Backend } from "@blk/core";
import { Budget, type Emit } from "./events.js";
import { messageOf } from "./message-of.js";
import type { ConformanceEntry } from "./report.js";

/** A case of the contract, ready to run on any backend. */
export interface ConformanceCase extends Pick<ConformanceEntry, "name" | "operation" | "dtype"> {
  run(target: ConformanceTarget): Promise<Outcome>;
}

/** What a case runs on: a backend, and how to open another one of its kind. */
export interface ConformanceTarget {
  readonly backend: Backend;
  readonly open: () => Promise<Backend>;
}

/**
 * Runs the contract's cases on one backend; those that come after `seconds` are skipped. Ends where
 * the device is lost.
 */
export async function runConformance(
  target: ConformanceTarget,
  cases: readonly ConformanceCase[],
  seconds: number,
  emit: Emit,
  isLost: () => boolean = () => false,
): Promise<readonly ConformanceEntry[]> {
  const budget = new Budget(seconds);
  const entries: ConformanceEntry[] = [];
  /** Cases whose inputs are in the report, of each operation. */
  const shown = new Map<string, number>();
  const isShown = ({ operation, failure }: Outcome): boolean => {
    if (failure === undefined) return true;
    const count = (shown.get(operation) ?? 0) + 1;
    shown.set(operation, count);
    return count <= mostShown;
  };
  const { name } = target.backend;
  for (const [i, conformanceCase] of cases.entries()) {
    if (isLost()) break;
    const part = `conformance of ${name}`;
    emit({ kind: "step", part, label: conformanceCase.name, done: i, total: cases.length });
    const outcome = await runOne(conformanceCase, target, budget);
    const entry = { backend: name, ...(isShown(outcome) ? outcome : withoutFailure(outcome)) };
    entries.push(entry);
    emit({ kind: "found", results: { conformance: [entry] } });
    // Many cases are quick and never wait: the progress line needs a turn now and then.
    if (i % 16 === 0) await new Promise((resolve) => setTimeout(resolve, 0));
  }
  return entries;
}

type Outcome = Omit<ConformanceEntry, "backend">;

/** Inputs of a thousand cases that fail alike would make a report of many megabytes. */
const mostShown = 10;

function withoutFailure({ failure: _, ...outcome }: Outcome): Outcome {
  return outcome;
}

async function runOne(
  conformanceCase: ConformanceCase,
  target: ConformanceTarget,
  budget: Budget,
): Promise<Outcome> {
  const about = aboutOf(conformanceCase);
  if (budget.left === 0) {
    return { ...about, status: "skipped", message: "the time of this part was used up" };
  }
  try {
    return await conformanceCase.run(target);
  } catch (error) {
    return { ...about, status: "failed", message: messageOf(error) };
  }
}

function aboutOf({
  name,
  operation,
  dtype,
}: ConformanceCase): Omit<ConformanceEntry, "backend" | "status"> {
  return { name, operation, dtype, checks: 0 };
}
