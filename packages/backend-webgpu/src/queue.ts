import { BlkError, isBlkError } from "@blk/core";
import { within } from "./adapter.js";
import type { Faults } from "./faults.js";
import type { Launch } from "./kernel.js";
import { ParamsBuffer } from "./params-buffer.js";
import { type PassClock, passClock } from "./pass-clock.js";
import type { Pipelines } from "./pipelines.js";
import { Readback } from "./readback.js";

/** What was done since the backend was opened. */
export interface QueueCounts {
  readonly dispatches: number;
  readonly submissions: number;
  readonly bytesRead: number;
}

/** How long work took, in milliseconds. */
export interface WorkTime {
  /** Until the host knew that it was done. */
  readonly host: number;
  /** From its begin to its end, by the device's own clock; absent where that gives no answer. */
  readonly device?: number;
}

type Step =
  | { readonly kind: "launch"; readonly launch: Launch }
  | { readonly kind: "write"; readonly write: Write }
  | { readonly kind: "retire"; readonly memory: GPUBuffer }
  | { readonly kind: "call"; readonly call: (isSubmitted: boolean) => void };

interface Write {
  readonly memory: GPUBuffer;
  readonly offset: number;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** Launches after which they are given to the device though the caller goes on. */
const mostWaiting = 256;
const mostBindGroups = 1024;
/** Larger arrays are not carried along with parameters. */
const mostCarriedBytes = 2 ** 16;
/** In so many milliseconds after a failure an engine tells that the device is lost. */
const lossMilliseconds = 1000;

/**
 * Everything that a device is to do, in the order of the calls. Calls only record; launches of one
 * burst become one submission, of one compute pass unless something is written that launches before
 * use. Where a kernel is still being compiled, all that
 * comes after it waits, and the caller does not.
 */
export class Queue {
  private readonly device: GPUDevice;
  private readonly pipelines: Pipelines;
  private readonly faults: Faults;
  private readonly params: ParamsBuffer;
  private readonly readback: Readback;
  private readonly bindGroups = new Map<string, GPUBindGroup>();
  private steps: Step[] = [];
  private isScheduled = false;
  private isBlocked = false;
  private isClosed = false;
  private encoder: GPUCommandEncoder | undefined;
  private pass: GPUComputePassEncoder | undefined;
  private clock: PassClock | undefined;
  private readonly encoded = new Set<string>();
  /** What the commands that are encoded and not submitted yet read or write. */
  private readonly touched = new Set<GPUBuffer>();
  private dispatches = 0;
  private submissions = 0;

  constructor(device: GPUDevice, pipelines: Pipelines, faults: Faults) {
    this.device = device;
    this.pipelines = pipelines;
    this.faults = faults;
    this.params = new ParamsBuffer(device, pipelines.paramsLayout);
    this.readback = new Readback(device);
  }

  get counts(): QueueCounts {
    const { dispatches, submissions } = this;
    return { dispatches, submissions, bytesRead: this.readback.bytes };
  }

  launch(launch: Launch): void {
    this.pipelines.of(launch.kernel);
    this.record({ kind: "launch", launch });
  }

  /** `bytes` may change as soon as this returns; its length and the offset are multiples of four. */
  write(memory: GPUBuffer, bytes: Uint8Array<ArrayBuffer>, offset: number): void {
    if (this.steps.length === 0 && this.encoder === undefined) {
      this.faults.guard("write", () => this.device.queue.writeBuffer(memory, offset, bytes));
      return;
    }
    this.record({ kind: "write", write: { memory, offset, bytes: bytes.slice() } });
  }

  /** Destroys memory when the work recorded so far is with the device. */
  retire(memory: GPUBuffer): void {
    this.bindGroups.clear();
    if (this.isClosed) memory.destroy();
    else this.record({ kind: "retire", memory });
  }

  /**
   * Bytes of a memory after all earlier work; offset and size are multiples of four. Rejects with
   * the first error of that work, or with `DEVICE_LOST` or `DISPOSED`.
   */
  async read(memory: GPUBuffer, offset: number, size: number): Promise<ArrayBuffer> {
    const result = await this.afterwards("read", () =>
      this.faults.guard("read", () => this.readback.copy(memory, offset, size)),
    );
    await this.faults.settle();
    return result;
  }

  /** Resolves when all earlier work is done; rejects as `read` does. */
  async finish(): Promise<void> {
    await this.afterwards("finish", () => this.device.queue.onSubmittedWorkDone());
    await this.faults.settle();
  }

  /** How long what `record` records takes, once all before it is done; rejects as `read` does. */
  async time(record: () => void): Promise<WorkTime> {
    await this.finish();
    const clock = passClock(this.device);
    try {
      this.clock = clock;
      const start = performance.now();
      record();
      await this.finish();
      const host = performance.now() - start;
      this.clock = undefined;
      const device = await clock?.milliseconds((memory) => this.read(memory, 0, memory.size));
      return device === undefined ? { host } : { host, device };
    } finally {
      this.clock = undefined;
      clock?.dispose();
    }
  }

  /** Forgets what waits; whoever waits for it is told so. */
  close(): void {
    this.isClosed = true;
    const { steps } = this;
    this.steps = [];
    this.pass?.end();
    if (this.encoder !== undefined) this.faults.end(() => "dispose");
    this.pass = undefined;
    this.encoder = undefined;
    for (const step of steps) {
      if (step.kind === "call") step.call(false);
      if (step.kind === "retire") step.memory.destroy();
    }
    this.readback.close();
  }

  /** What `act` gives when all earlier work is with the device. */
  private async afterwards<T>(operation: string, act: () => Promise<T>): Promise<T> {
    const acted = new Promise<T>((resolve, reject) => {
      const call = (isSubmitted: boolean): void => {
        if (isSubmitted) act().then(resolve, reject);
        else reject(disposedWhile(operation));
      };
      this.record({ kind: "call", call });
    });
    this.pump();
    const lost = this.faults.lost.then((error): never => {
      throw error;
    });
    lost.catch(() => {});
    return Promise.race([acted, lost]).catch(async (error) => {
      // What waits for a device that is destroyed or lost ends with an error of the engine first.
      if (this.isClosed) throw disposedWhile(operation);
      if (isBlkError(error)) throw error;
      throw (await within(lossMilliseconds, this.faults.lost)) ?? error;
    });
  }

  private record(step: Step): void {
    this.steps.push(step);
    if (this.steps.length >= mostWaiting) this.pump();
    if (this.isScheduled) return;
    this.isScheduled = true;
    queueMicrotask(() => {
      this.isScheduled = false;
      this.pump();
    });
  }

  /** Does all steps up to one whose kernel is not there yet. */
  private pump(): void {
    if (this.isBlocked || this.isClosed) return;
    let done = 0;
    for (const step of this.steps) {
      if (step.kind === "launch" && this.isCompiling(step.launch)) break;
      this.perform(step);
      done++;
    }
    if (done > 0) this.steps.splice(0, done);
    this.submit();
  }

  /** Whether a launch must wait; what waits goes on by itself. */
  private isCompiling({ operation, kernel }: Launch): boolean {
    const compiled = this.pipelines.of(kernel);
    if (compiled.pipeline !== undefined) return false;
    this.isBlocked = true;
    const goOn = (): void => {
      this.isBlocked = false;
      this.pump();
    };
    compiled.ready.then(goOn, (error: BlkError) => {
      const { code, message, cause } = error;
      this.faults.report(new BlkError(code, `${operation}: ${message}`, { cause }));
      this.steps.shift();
      goOn();
    });
    return true;
  }

  private perform(step: Step): void {
    switch (step.kind) {
      case "launch":
        this.encode(step.launch);
        return;
      case "write":
        this.place(step.write);
        return;
      case "retire":
        this.submit();
        step.memory.destroy();
        return;
      case "call":
        this.submit();
        step.call(true);
    }
  }

  /**
   * Writes what launches to come read. Those that are encoded already must not see it: where they
   * use the memory, a small array becomes a copy between launches, a large one waits for them.
   */
  private place({ memory, offset, bytes }: Write): void {
    const { encoder } = this;
    const words = bytes.length / 4;
    const isFree = encoder === undefined || !this.touched.has(memory);
    if (isFree || bytes.length > mostCarriedBytes || !this.params.hasRoom(words)) {
      if (!isFree) this.submit();
      this.faults.guard("write", () => this.device.queue.writeBuffer(memory, offset, bytes));
      return;
    }
    const from = this.params.add(new Int32Array(bytes.buffer, bytes.byteOffset, words));
    this.pass?.end();
    this.pass = undefined;
    encoder.copyBufferToBuffer(from.memory, from.offset, memory, offset, bytes.length);
    this.encoded.add("write");
  }

  private encode({ operation, kernel, buffers, params, workgroups }: Launch): void {
    if (!this.params.hasRoom(params.length)) this.submit();
    if (this.encoder === undefined) {
      this.faults.begin();
      this.encoder = this.device.createCommandEncoder();
    }
    this.pass ??= this.encoder.beginComputePass(this.clock?.nextPass());
    const { pass } = this;
    const { pipeline, layout } = this.pipelines.of(kernel);
    const key = `${kernel.writes.map((isWritten) => (isWritten ? "w" : "r")).join("")}${buffers.map(({ id }) => id).join()}`;
    let group = this.bindGroups.get(key);
    if (group === undefined) {
      const entries = buffers.map(({ memory }, binding) => ({
        binding,
        resource: { buffer: memory },
      }));
      group = this.device.createBindGroup({ layout, entries });
      if (this.bindGroups.size >= mostBindGroups) this.bindGroups.clear();
      this.bindGroups.set(key, group);
    }
    const bound = this.params.add(params);
    pass.setPipeline(pipeline as GPUComputePipeline);
    pass.setBindGroup(0, group);
    pass.setBindGroup(1, bound.group, [bound.offset]);
    pass.dispatchWorkgroups(...workgroups);
    for (const { memory } of buffers) this.touched.add(memory);
    this.encoded.add(operation);
    this.dispatches++;
  }

  private submit(): void {
    const { encoder } = this;
    if (encoder === undefined) return;
    this.pass?.end();
    if (this.pass !== undefined) this.clock?.resolve(encoder);
    this.params.flush();
    this.device.queue.submit([encoder.finish()]);
    const operations = [...this.encoded];
    this.faults.end(() => operations.join(" or "));
    this.encoded.clear();
    this.touched.clear();
    this.encoder = undefined;
    this.pass = undefined;
    this.submissions++;
  }
}

function disposedWhile(operation: string): BlkError {
  return new BlkError("DISPOSED", `${operation}: the backend was disposed before it was done`);
}
