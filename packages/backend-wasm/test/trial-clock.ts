import { afterEach, beforeEach, vi } from "vitest";
import type { Kernel, Run } from "../src/kernel.js";
import { microKernelName } from "../src/kernels/micro-kernel.js";
import { defaultParams, type GemmParams } from "../src/params.js";
import { Instances } from "../src/threads/instances.js";
import { candidates } from "../src/tuner.js";
import type { TestWorkspace } from "./workspace.js";

/** As it is: in tests, trials rest for a millisecond at most. */
export const { setTimeout: later } = globalThis;

/** Milliseconds by which each look moves the clock. */
const look = 2 ** -14;

/** The clock of a test, which only kernels move, and a little each look. */
export class TrialClock {
  now = 0;
  /** Milliseconds by which it is seen to move. */
  step: number = look;
  /** The kernels that ran, by name. */
  ran: string[] = [];
  /** What a kernel's run takes. */
  millisecondsOf: (kernel: Kernel) => number = () => 1;

  /** Makes the kernels with this name take so much longer, or less, than all others. */
  take(milliseconds: number, name: string): void {
    this.millisecondsOf = (kernel) => (kernel.name === name ? milliseconds : 1);
  }
}

/** Gives each test of a file a new clock, by which all there is tells the time. */
export function useTrialClock(): TrialClock {
  const clock = new TrialClock();
  beforeEach(() => {
    Object.assign(clock, new TrialClock());
    vi.spyOn(performance, "now").mockImplementation(() => {
      clock.now += look;
      return Math.floor(clock.now / clock.step) * clock.step;
    });
    vi.spyOn(globalThis, "setTimeout").mockImplementation(((run: () => void, milliseconds = 0) =>
      later(run, Math.min(milliseconds, 1))) as typeof setTimeout);
    const { runOf } = Instances.prototype;
    vi.spyOn(Instances.prototype, "runOf").mockImplementation(function (
      this: Instances,
      kernel: Kernel,
    ): Run {
      const run = runOf.call(this, kernel);
      return (...args) => {
        run(...args);
        clock.ran.push(kernel.name);
        clock.now += clock.millisecondsOf(kernel);
      };
    });
  });
  afterEach(() => {
    vi.restoreAllMocks();
  });
  return clock;
}

/** Bytes that are allocated, and how often an allocation was asked for. */
export function watchMemory({ workspace: { memory } }: TestWorkspace): {
  bytes: number;
  requests: number;
  limit: number;
} {
  const seen = { bytes: 0, requests: 0, limit: Number.POSITIVE_INFINITY };
  const { allocateOwn, free } = memory;
  vi.spyOn(memory, "allocateOwn").mockImplementation((bytes) => {
    seen.requests++;
    if (seen.bytes + bytes > seen.limit) return undefined;
    seen.bytes += bytes;
    return allocateOwn.call(memory, bytes);
  });
  vi.spyOn(memory, "free").mockImplementation((address, bytes) => {
    seen.bytes -= bytes;
    free.call(memory, address, bytes);
  });
  return seen;
}

export const nameOf = (type: "f32" | "f64", params: GemmParams): string =>
  microKernelName({ type, ...params });

/** A tile other than the default: what trials are made to choose. */
export const other: GemmParams = candidates("f32", defaultParams("f32", false))[2]!;
