import type { Backend } from "@blk/core";
import { Budget, type Emit } from "./events.js";
import { type MeasureOptions, measure, type Timing } from "./measure.js";
import { type MemoryNeed, memoryNeed } from "./memory-need.js";
import { messageOf } from "./message-of.js";
import type { PerformanceEntry, Rate } from "./report.js";
import { type Roofs, type Yardstick, yardstick } from "./roof.js";
import { usesVectors } from "./uses-vectors.js";
import type { BenchCase } from "./workloads/bench-case.js";

/**
 * Times all cases on one backend within about `seconds`; what would take longer is skipped. Ends where
 * the device is lost.
 */
export async function runPerformance(
  backend: Backend,
  cases: readonly BenchCase[],
  roofs: Roofs,
  seconds: number,
  emit: Emit,
  isLost: () => boolean = () => false,
): Promise<readonly PerformanceEntry[]> {
  const budget = new Budget(seconds);
  const { threads } = backend.capabilities;
  const roof = yardstick(roofs, { vectors: usesVectors(backend.name), threads });
  const entries: PerformanceEntry[] = [];
  const add = (entry: PerformanceEntry): void => {
    entries.push(entry);
    emit({ kind: "found", results: { performance: [entry] } });
  };
  /** Of the last case of a group and type. */
  const last = new Map<string, Paced>();
  for (const [i, benchCase] of cases.entries()) {
    if (isLost()) break;
    const { id, group, label, dtype, flops, bytes } = benchCase;
    const part = `performance of ${backend.name}`;
    emit({ kind: "step", part, label: id, done: i, total: cases.length });
    const about = { id, backend: backend.name, group, label, dtype, flops, bytes };
    const kind = `${group} ${dtype}`;
    const expected = expectedSeconds(flops, last.get(kind));
    if (!backend.capabilities.dtypes.includes(dtype)) {
      add({ ...about, status: "skipped", message: `${backend.name} has no ${dtype}` });
      continue;
    }
    // One call to count memory, one to warm up, then the samples: fewer of what takes long.
    const minSamples = expected > 1 ? 2 : 3;
    const needed = (2 + minSamples) * expected;
    if (needed > budget.left || budget.left === 0) {
      const why =
        budget.left === 0
          ? "the time of this part was used up"
          : `it would take about ${needed.toFixed(1)} s, more than is left for this part`;
      add({ ...about, status: "skipped", message: `${why}; choose it with --cases` });
      continue;
    }
    const time = Math.min(1, Math.max(0.06, budget.left / (cases.length - i)));
    const how = { seconds: time, minSamples };
    const entry = { ...about, ...(await timeCase(backend, benchCase, roof, how)) };
    add(entry);
    emitMemory(backend, entry.memory, emit);
    if (entry.timing !== undefined) last.set(kind, { flops, seconds: entry.timing.median });
  }
  return entries;
}

interface Paced {
  readonly flops: number;
  readonly seconds: number;
}

/** How many times as much work a case still tells of: the time of a small one is that of the call. */
const furthest = 64;

/** What a case will take, by the one before; 0 where that tells nothing. */
function expectedSeconds(flops: number, before: Paced | undefined): number {
  if (before === undefined || flops > furthest * before.flops) return 0;
  return (flops / before.flops) * before.seconds;
}

async function timeCase(
  backend: Backend,
  benchCase: BenchCase,
  roof: Yardstick,
  how: MeasureOptions,
): Promise<Pick<PerformanceEntry, "status" | "message" | "timing" | "rate" | "memory">> {
  try {
    const instance = benchCase.create();
    const memory = await memoryNeed(backend, instance);
    const prepared = instance.prepare(backend);
    try {
      const subject = { run: () => prepared.run(), finish: () => backend.finish() };
      const timing = await measure(subject, how);
      const message = instance.check(await prepared.result());
      if (message !== undefined) return { status: "wrong", message };
      return { status: "measured", timing, ...rateOf(benchCase, timing, roof), memory };
    } finally {
      prepared.dispose();
    }
  } catch (error) {
    return { status: "failed", message: messageOf(error) };
  }
}

function emitMemory(backend: Backend, need: MemoryNeed | undefined, emit: Emit): void {
  if (need === undefined) return;
  emit({ kind: "memory", backend: backend.name, ...need });
}

/** The speed of a case, and what share of the roof that is; nothing where its time is all. */
export function rateOf(
  { unit, dtype, flops, bytes }: BenchCase,
  timing: Timing,
  { roof, gflops, copyGBps }: Yardstick,
): { readonly rate?: Rate } {
  if (unit === "call") return {};
  const [work, most] = unit === "GFLOP/s" ? [flops, gflops[dtype]] : [bytes, copyGBps];
  const value = work / timing.median / 1e9;
  return { rate: { value, unit, shareOfRoof: value / most, roof } };
}
