import { type ReadonlySignal, type Signal, signal } from "@preact/signals";
import { messageOf } from "../../message-of.js";
import type { WorkloadEntry } from "../../report.js";
import type { LossPoint } from "../../workloads/judge.js";
import { type Asked, askWorker } from "../ask-worker.js";
import type { Tasks, TrainRequest } from "../worker/tasks.js";

export type TrainingStatus =
  | { readonly kind: "idle" | "ending" | "stopped" }
  | { readonly kind: "running"; readonly label: string }
  | { readonly kind: "done"; readonly entry: WorkloadEntry }
  | { readonly kind: "failed"; readonly message: string };

/** A network that learns on the page. */
export interface TrainingState {
  readonly networks: ReadonlySignal<Tasks["trainings"]["answer"]>;
  readonly network: Signal<string>;
  /** Absent: the first that is chosen to be measured. */
  readonly backend: Signal<string | undefined>;
  readonly seconds: Signal<number>;
  readonly status: ReadonlySignal<TrainingStatus>;
  /** Of the training under way, or the last one. */
  readonly losses: ReadonlySignal<readonly LossPoint[]>;
  /** Asks which networks there are. */
  look(): Promise<void>;
  start(request: TrainRequest): Promise<void>;
  /** Ends it and judges what it has learned; the second time, at once. */
  stop(): void;
}

export function createTraining(): TrainingState {
  const networks = signal<Tasks["trainings"]["answer"]>([]);
  const network = signal("workload/fashion-mnist");
  const backend = signal<string | undefined>(undefined);
  const seconds = signal(10);
  const status = signal<TrainingStatus>({ kind: "idle" });
  const losses = signal<readonly LossPoint[]>([]);
  let asked: Asked<WorkloadEntry> | undefined;
  return {
    ...{ networks, network, backend, seconds, status, losses },
    async look() {
      if (networks.value.length > 0) return;
      networks.value = await askWorker("trainings", undefined).answer;
    },
    async start(request) {
      losses.value = [];
      status.value = { kind: "running", label: "loading the images" };
      asked = askWorker("train", request, (event) => {
        if (event.kind === "loss") losses.value = [...losses.value, event.point];
        if (event.kind === "step" && status.value.kind === "running") {
          const label = `epoch ${event.done + 1} of ${event.total}`;
          status.value = { kind: "running", label };
        }
      });
      try {
        const entry = await asked.answer;
        losses.value = entry.training?.losses ?? losses.value;
        status.value = { kind: "done", entry };
      } catch (error) {
        status.value = { kind: "failed", message: messageOf(error) };
      }
    },
    stop() {
      if (status.value.kind === "running") {
        asked?.finish();
        status.value = { kind: "ending" };
      } else if (status.value.kind === "ending") {
        asked?.stop();
        status.value = { kind: "stopped" };
      }
    },
  };
}
