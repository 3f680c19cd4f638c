import type { Backend } from "@blk/core";
import { Budget, type Emit } from "./events.js";
import { measure, type Timing } from "./measure.js";
import type { PerformanceEntry, Rate } from "./report.js";
import type { Roofs } from "./roof.js";
import type { BenchCase } from "./workloads/bench-case.js";

/** Times all cases on one backend within about `seconds`; what would take longer is skipped. */
export async function runPerformance(
  backend: Backend,
  cases: readonly BenchCase[],
  roofs: Roofs,
  seconds: number,
  emit: Emit,
): Promise<readonly PerformanceEntry[]> {
  const budget = new Budget(seconds);
  const entries: PerformanceEntry[] = [];
  /** Seconds per operation of the last case of a group and type: what the next will take. */
  const pace = new Map<string, number>();
  for (const [i, benchCase] of cases.entries()) {
    const { id, group, label, dtype, flops } = benchCase;
    const part = `performance of ${backend.name}`;
    emit({ kind: "step", part, label: id, done: i, total: cases.length });
    const about = { id, backend: backend.name, group, label, dtype };
    const kind = `${group} ${dtype}`;
    const expected = flops * (pace.get(kind) ?? 0);
    if (!backend.capabilities.dtypes.includes(dtype)) {
      const message = `${backend.name} has no ${dtype}`;
      entries.push({ ...about, status: "skipped", message });
      continue;
    }
    // Warm-up and three samples.
    if (4 * expected > budget.left || budget.left === 0) {
      const message = `it would take about ${(4 * expected).toFixed(1)} s, more than is left for this part; choose it with --cases`;
      entries.push({ ...about, status: "skipped", message });
      continue;
    }
    const time = Math.min(1, Math.max(0.06, budget.left / (cases.length - i)));
    const entry = { ...about, ...(await timeCase(backend, benchCase, roofs, time)) };
    entries.push(entry);
    if (entry.timing !== undefined) pace.set(kind, entry.timing.median / flops);
  }
  return entries;
}

async function timeCase(
  backend: Backend,
  benchCase: BenchCase,
  roofs: Roofs,
  seconds: number,
): Promise<Pick<PerformanceEntry, "status" | "message" | "timing" | "rate">> {
  try {
    const instance = benchCase.create();
    const prepared = instance.prepare(backend);
    try {
      const subject = { run: () => prepared.run(), finish: () => backend.finish() };
      const timing = await measure(subject, { seconds });
      const message = instance.check(await prepared.result());
      if (message !== undefined) return { status: "wrong", message };
      return { status: "measured", timing, rate: rateOf(benchCase, timing, roofs) };
    } finally {
      prepared.dispose();
    }
  } catch (error) {
    return { status: "failed", message: error instanceof Error ? error.message : String(error) };
  }
}

/** The speed of a case, and what share of the roof that is. */
export function rateOf({ unit, flops, bytes }: BenchCase, timing: Timing, roofs: Roofs): Rate {
  const [work, roof] = unit === "GFLOP/s" ? [flops, roofs.scalarGflops] : [bytes, roofs.copyGBps];
  const value = work / timing.median / 1e9;
  return { value, unit, shareOfRoof: value / roof };
}
