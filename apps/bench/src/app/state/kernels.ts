import type { KernelTrial } from "@blk/core";
import { type ReadonlySignal, type Signal, signal } from "@preact/signals";
import type { ModelledKernel } from "../../charts/tile-models.js";
import { messageOf } from "../../message-of.js";
import { type Asked, askWorker } from "../ask-worker.js";
import type { KernelsRequest } from "../worker/tasks.js";

export type KernelsStatus =
  | { readonly kind: "idle" | "running" | "stopped" | "done" }
  | { readonly kind: "failed"; readonly message: string };

/** Kernels of one backend that are tried against each other. */
export interface KernelsState {
  /** Absent: the first that is chosen to be measured. */
  readonly backend: Signal<string | undefined>;
  readonly status: ReadonlySignal<KernelsStatus>;
  /** What each backend has tried, the last time. */
  readonly trials: ReadonlySignal<ReadonlyMap<string, readonly KernelTrial[]>>;
  readonly models: ReadonlySignal<readonly ModelledKernel[]>;
  /** Asks what tiles would reach on published devices. */
  look(): Promise<void>;
  start(request: KernelsRequest): Promise<void>;
  stop(): void;
}

export function createKernels(): KernelsState {
  const backend = signal<string | undefined>(undefined);
  const status = signal<KernelsStatus>({ kind: "idle" });
  const trials = signal<ReadonlyMap<string, readonly KernelTrial[]>>(new Map());
  const models = signal<readonly ModelledKernel[]>([]);
  let asked: Asked<readonly KernelTrial[]> | undefined;
  return {
    ...{ backend, status, trials, models },
    async look() {
      if (models.value.length > 0) return;
      // Beside what is measured it is no loss.
      models.value = await askWorker("models", undefined).answer.catch(() => []);
    },
    async start(request) {
      status.value = { kind: "running" };
      asked = askWorker("kernels", request);
      try {
        const found = await asked.answer;
        trials.value = new Map([...trials.value, [request.backend, found]]);
        status.value = { kind: "done" };
      } catch (error) {
        status.value = { kind: "failed", message: messageOf(error) };
      }
    },
    stop() {
      asked?.stop();
      status.value = { kind: "stopped" };
    },
  };
}
