import type { Backend } from "@blk/core";
import { Budget, type Emit } from "./events.js";
import { messageOf } from "./message-of.js";
import type { ConformanceEntry } from "./report.js";

/** A case of the contract, ready to run on any backend. */
export interface ConformanceCase extends Pick<ConformanceEntry, "name" | "operation" | "dtype"> {
  run(target: ConformanceTarget): Promise<Omit<ConformanceEntry, "backend">>;
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
  const { name } = target.backend;
  for (const [i, conformanceCase] of cases.entries()) {
    if (isLost()) break;
    const part = `conformance of ${name}`;
    emit({ kind: "step", part, label: conformanceCase.name, done: i, total: cases.length });
    const entry = { backend: name, ...(await runOne(conformanceCase, target, budget)) };
    entries.push(entry);
    emit({ kind: "found", results: { conformance: [entry] } });
    // Many cases are quick and never wait: the progress line needs a turn now and then.
    if (i % 16 === 0) await new Promise((resolve) => setTimeout(resolve, 0));
  }
  return entries;
}

async function runOne(
  conformanceCase: ConformanceCase,
  target: ConformanceTarget,
  budget: Budget,
): Promise<Omit<ConformanceEntry, "backend">> {
  const about = aboutOf(conformanceCase);
  if (budget.left === 0) {
    return { ...about, status: "skipped", message: "the time of this part was used up" };
  }
  try {
    const { name, operation, dtype, status, message, checks } = await conformanceCase.run(target);
    return { name, operation, dtype, status, checks, ...(message !== undefined && { message }) };
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
