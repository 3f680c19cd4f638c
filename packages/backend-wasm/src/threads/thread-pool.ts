import type { Executor } from "../executor.js";
import type { Kernel } from "../kernel.js";
import type { LinearMemory } from "../linear-memory.js";
import { Crew } from "./crew.js";
import { kernelFailed, workersLost } from "./failures.js";
import {
  closeJob,
  type Job,
  maySleep,
  openJob,
  share,
  takeFault,
  waitForWorker,
  wakeOne,
} from "./job.js";
import { KernelRecords } from "./kernel-records.js";
import { workerStates } from "./layout.js";
import { SingleThread } from "./single-thread.js";
import type { StartWorker } from "./start-worker.js";

/*
 * Nanoseconds of work, chosen from what was measured on two cores of a virtual machine:
 *
 * | | µs |
 * |---|---|
 * | a call that is not shared, besides its work | 0.05 |
 * | a call that is shared with an awake worker, besides its work | 3 |
 * | until an awake worker begins | 1 |
 * | until a sleeping worker begins: half of all times, most times | 55, 90 |
 * | waking one: the calling thread's part | 12 |
 * | starting one: the calling thread's part, and until it is up | 4000, 40000 |
 *
 * A call of 10 µs takes 6 to 9 with two threads of which one was awake, one of 160 takes 82; if the
 * other was asleep, 105 to 180.
 */

/** Shared with workers that are awake, from here on. */
const worthSharing = 10_000;
/** Sleeping workers are woken, from here on. */
const worthWaking = 150_000;
/**
 * The same where the calling thread may not sleep, the main thread of a page: if the system wakes the
 * worker on the same core, there is no way to make room for it, and to wait for it takes about 1 ms.
 */
const worthWakingBySpinning = 1_000_000;
/** Workers are started, from here on: */
const worthStarting = 150_000;
/** as many as this fits into the call, rounded up. */
const startingNanoseconds = 1e7;
/** What a thread takes at once, at most. */
const pieceNanoseconds = 1e6;

/** Settings of a {@link ThreadPool}. */
export interface PoolSettings {
  /** Threads that are to share the work, the calling one included; at least 2. */
  readonly threads: number;
  readonly startWorker: StartWorker;
  /** Milliseconds, besides the length of the call, without progress of a worker that is working. */
  readonly patience: number;
}

/**
 * Shares the items of a call with workers, through the memory that they have in common: layout.ts
 * says how. Workers start at the first call that is worth it, and no call waits for one to start.
 *
 * A kernel that traps on any thread throws `DEVICE_LOST` with its name. So does a worker that stops
 * in the middle of a call; the pool then goes on without it.
 */
export class ThreadPool implements Executor {
  private readonly memory: LinearMemory;
  /** The calling thread. */
  private readonly caller: SingleThread;
  private readonly crew: Crew;
  private readonly records: KernelRecords;
  private readonly patience: number;
  private readonly maySleep: boolean;
  private readonly worthWaking: number;

  constructor(memory: LinearMemory, { threads, startWorker, patience }: PoolSettings) {
    this.memory = memory;
    this.caller = new SingleThread(memory);
    this.crew = new Crew(memory, threads - 1, startWorker);
    this.records = new KernelRecords(memory, this.crew);
    this.patience = patience;
    this.maySleep = maySleep(memory.views.i32);
    this.worthWaking = this.maySleep ? worthWaking : worthWakingBySpinning;
  }

  get threads(): number {
    return this.crew.threads;
  }

  get notes(): readonly string[] {
    return this.crew.notes;
  }

  run(kernel: Kernel, items: number, count: number, nanoseconds: number): void {
    const job = this.isWorthSharing(count, nanoseconds)
      ? this.job(kernel, items, count, nanoseconds)
      : undefined;
    if (job === undefined) this.caller.run(kernel, items, count);
    else this.share(kernel, job, nanoseconds);
  }

  async dispose(): Promise<void> {
    await this.crew.stop();
    await this.caller.dispose();
  }

  private isWorthSharing(count: number, nanoseconds: number): boolean {
    if (count < 2 || nanoseconds < worthSharing) return false;
    if (nanoseconds >= worthStarting) {
      this.crew.start(Math.ceil(nanoseconds / startingNanoseconds));
    }
    if (nanoseconds >= this.worthWaking) return this.crew.members.length > 0;
    return this.crew.has(workerStates.awake, workerStates.working);
  }

  /** The job for the workers; `undefined` if there is now no room for what they need. */
  private job(kernel: Kernel, items: number, count: number, nanoseconds: number): Job | undefined {
    // The calling thread's first: it can go on without the workers, not they without it.
    const scratch = this.caller.scratchFor(kernel);
    const id = this.records.idOf(kernel);
    if (id === undefined || !this.crew.provide(kernel.scratchBytes)) return undefined;
    return {
      run: this.caller.runOf(kernel),
      kernel: id,
      items,
      count,
      scratch,
      most: Math.max(1, Math.min(count, Math.floor((count * pieceNanoseconds) / nanoseconds))),
      sharers: 1 + this.crew.members.length,
    };
  }

  private share(kernel: Kernel, job: Job, nanoseconds: number): void {
    const words = this.memory.views.i32;
    openJob(words, job);
    if (nanoseconds >= this.worthWaking) wakeOne(words);
    let failure: { readonly what: string; readonly cause?: unknown } | undefined;
    try {
      share(words, job);
    } catch (error) {
      failure = { what: String(error), cause: error };
    }
    closeJob(words, job);
    const patience = this.patience + nanoseconds / 1e6;
    const lost = this.crew.members.filter(
      ({ record }) => !waitForWorker(words, record, patience, this.maySleep),
    );
    for (const member of lost) this.crew.dismiss(member);
    for (const { record } of this.crew.members) {
      const what = takeFault(words, record);
      if (what !== undefined) failure ??= { what };
    }
    if (lost.length > 0) throw workersLost(kernel, lost.length, this.threads);
    if (failure !== undefined) throw kernelFailed(kernel, failure.what, failure.cause);
  }
}
