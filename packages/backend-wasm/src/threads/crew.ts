import type { LinearMemory } from "../linear-memory.js";
import { control, workerRecord, workerRecordBytes, workerStates } from "./layout.js";
import { Scratch } from "./scratch.js";
import type { StartWorker, WorkerHandle } from "./start-worker.js";

/** A worker of a {@link Crew}. */
export interface Member {
  /** The index of the first word of its record. */
  readonly record: number;
  readonly scratch: Scratch;
  handle: WorkerHandle | undefined;
}

/** The workers of one backend: how many there are to be, who is there, and who was lost. */
export class Crew {
  /** Those that were started and not lost; some may not be up yet. */
  readonly members: Member[] = [];
  private readonly memory: LinearMemory;
  private readonly startWorker: StartWorker;
  /** Workers that there are to be, those that are not yet started included. */
  private size: number;
  private stopped = false;
  /** Why workers ended that had been up, and why others never were. */
  private readonly losses: Set<string> = new Set();

  constructor(memory: LinearMemory, size: number, startWorker: StartWorker) {
    this.memory = memory;
    this.size = size;
    this.startWorker = startWorker;
  }

  /** Threads that share the work, the calling one included. */
  get threads(): number {
    return 1 + this.size;
  }

  /** What a person should know: which workers are missing, and why. */
  get notes(): readonly string[] {
    const rest = this.threads === 1 ? "one thread" : `${this.threads} threads`;
    return [...this.losses].map((loss) => `${rest}: ${loss}`);
  }

  /** Starts up to `count` more of the workers that there are to be. */
  start(count: number): void {
    for (let i = 0; i < count && this.members.length < this.size; i++) this.startOne();
  }

  /** Whether a worker is in one of these states. */
  has(...states: readonly number[]): boolean {
    const { i32 } = this.memory.views;
    return this.members.some(({ record }) =>
      states.includes(Atomics.load(i32, record + workerRecord.state)),
    );
  }

  /** Whether all workers that are up have gone over to a list of kernels. */
  hasGoneOverTo(list: number): boolean {
    const { i32 } = this.memory.views;
    return this.members.every(
      ({ record }) =>
        Atomics.load(i32, record + workerRecord.state) === workerStates.starting ||
        Atomics.load(i32, record + workerRecord.list) === list,
    );
  }

  /** Makes all workers look for what is new, those that sleep included. */
  rouse(): void {
    const { i32 } = this.memory.views;
    Atomics.add(i32, control.epoch, 1);
    Atomics.notify(i32, control.epoch);
  }

  /**
   * Gives each worker scratch memory; without room for all, none keeps any. Says whether there was
   * room. Only between jobs.
   */
  provide(scratchBytes: number): boolean {
    for (const { record, scratch } of this.members) {
      const address = scratch.take(scratchBytes);
      if (address === undefined) {
        for (const member of this.members) member.scratch.release();
        return false;
      }
      this.memory.views.i32[record + workerRecord.scratch] = address;
    }
    return true;
  }

  /** Ends a worker that does not answer. It keeps its memory until it has really ended. */
  dismiss(member: Member): void {
    this.lose(member, "it did not go on for too long");
    void member.handle?.stop();
  }

  /** Sends all workers home. */
  async stop(): Promise<void> {
    if (this.stopped) return;
    this.stopped = true;
    Atomics.store(this.memory.views.i32, control.stop, 1);
    this.rouse();
    await Promise.all(this.members.splice(0).map(({ handle }) => handle?.stop()));
  }

  private startOne(): void {
    const address = this.memory.allocateOwn(workerRecordBytes);
    if (address === undefined) return;
    const { i32 } = this.memory.views;
    const record = address >>> 2;
    i32.fill(0, record, record + workerRecordBytes / 4);
    const member: Member = { record, scratch: new Scratch(this.memory), handle: undefined };
    this.members.push(member);
    const gone = (reason: string): void => {
      this.lose(member, reason);
      member.scratch.release();
    };
    try {
      member.handle = this.startWorker({ memory: this.memory.memory, record }, gone);
    } catch (error) {
      gone(String(error));
    }
  }

  /** Goes on with one worker fewer, and remembers why. */
  private lose(member: Member, reason: string): void {
    const place = this.members.indexOf(member);
    if (place < 0 || this.stopped) return;
    this.members.splice(place, 1);
    const { i32 } = this.memory.views;
    if (Atomics.load(i32, member.record + workerRecord.state) === workerStates.starting) {
      // Where one cannot be started, more are not tried.
      this.size = this.members.length;
      this.losses.add(`no more workers can be started (${reason})`);
    } else {
      this.size--;
      this.losses.add(`a worker stopped (${reason})`);
    }
  }
}
