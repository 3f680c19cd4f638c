import type { Run } from "../kernel.js";
import { control, workerRecord, workerStates } from "./layout.js";

/** What a job computes. */
export interface Job {
  readonly run: Run;
  /** The id under which workers know the kernel. */
  readonly kernel: number;
  readonly items: number;
  readonly count: number;
  /** Scratch memory of the calling thread. */
  readonly scratch: number;
  /** Most items that a thread takes at once. */
  readonly most: number;
  /** Threads that may share it. */
  readonly sharers: number;
}

/** Milliseconds for which the calling thread looks at a worker before it sleeps for moments. */
const lookoutMilliseconds = 0.05;
/** Milliseconds of such a moment. */
const napMilliseconds = 2;
/** What one look may count for: a machine that slept between two looks tells nothing of a worker. */
const mostBetweenLooks = 50;

/** Makes a job visible to the workers that are awake. The words of the last one must be free. */
export function openJob(words: Int32Array, job: Job): void {
  Atomics.store(words, control.first, Atomics.load(words, control.next));
  Atomics.store(words, control.most, job.most);
  Atomics.store(words, control.sharers, job.sharers);
  Atomics.store(words, control.kernel, job.kernel);
  Atomics.store(words, control.items, job.items);
  Atomics.store(words, control.count, job.count);
  Atomics.add(words, control.epoch, 1);
}

/** Wakes a worker that sleeps; it will wake others. */
export function wakeOne(words: Int32Array): void {
  Atomics.notify(words, control.epoch, 1);
}

/** Takes items and computes them until all are taken; the workers' program does the same. */
export function share(words: Int32Array, job: Job): void {
  const { run, items, count, scratch, most, sharers } = job;
  const first = Atomics.load(words, control.first);
  for (;;) {
    const next = Atomics.load(words, control.next);
    const from = (next - first) >>> 0;
    if (from >= count) return;
    // Large pieces first, single items in the end, so that all finish at the same time.
    const some = Math.min(most, Math.max(1, Math.floor((count - from) / (2 * sharers))));
    if (Atomics.compareExchange(words, control.next, next, (next + some) | 0) !== next) continue;
    run(items, from, from + some, scratch);
  }
}

/** Lets nobody enter any more; items that nobody has taken stay undone. */
export function closeJob(words: Int32Array, job: Job): void {
  Atomics.store(words, control.count, 0);
  Atomics.store(words, control.next, (Atomics.load(words, control.first) + job.count) | 0);
}

/**
 * Waits until a worker is not working. False if it had to be given up, because it began nothing new
 * for `patience` milliseconds; it cannot enter another job then.
 */
export function waitForWorker(
  words: Int32Array,
  record: number,
  patience: number,
  maySleep: boolean,
): boolean {
  const { working, dismissed } = workerStates;
  const state = record + workerRecord.state;
  if (Atomics.load(words, state) !== working) return true;
  let beats = Atomics.load(words, record + workerRecord.beats);
  let last = performance.now();
  let still = 0;
  for (;;) {
    for (let look = 0; look < 64; look++) {
      if (Atomics.load(words, state) !== working) return true;
    }
    const now = performance.now();
    const latest = Atomics.load(words, record + workerRecord.beats);
    still = latest === beats ? still + Math.min(now - last, mostBetweenLooks) : 0;
    beats = latest;
    last = now;
    if (still > patience) {
      return Atomics.compareExchange(words, state, working, dismissed) !== working;
    }
    if (maySleep && still > lookoutMilliseconds) {
      Atomics.wait(words, state, working, napMilliseconds);
    }
  }
}

/** The text that a kernel left which threw on a worker; `undefined` if none did. */
export function takeFault(words: Int32Array, record: number): string | undefined {
  const fault = Atomics.load(words, record + workerRecord.fault);
  if (fault === 0) return undefined;
  const start = 4 * (record + workerRecord.text);
  // A copy: decoders take no shared bytes.
  const text = new Uint8Array(words.buffer, start, fault - 1).slice();
  Atomics.store(words, record + workerRecord.fault, 0);
  return `${new TextDecoder().decode(text)}, from item ${words[record + workerRecord.faultItem]} on`;
}

/** Whether this thread may sleep in `Atomics.wait`: the main thread of a page may not. */
export function maySleep(words: Int32Array): boolean {
  try {
    Atomics.wait(words, control.stop, 1, 0);
    return true;
  } catch {
    return false;
  }
}
