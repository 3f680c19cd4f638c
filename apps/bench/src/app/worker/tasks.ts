import type { KernelTrial } from "@blk/core";
import type { ModelledKernel } from "../../charts/tile-models.js";
import type { BenchEvent } from "../../events.js";
import type { Options } from "../../options.js";
import type { BackendEntry, WorkloadEntry } from "../../report.js";

// What goes between the page and its workers, all of it plain data.

/** A module that brings a backend, as `--backend-module` does. */
export interface BackendModule {
  readonly url: string;
  /** What messages call it. */
  readonly name: string;
}

/** What a person chose to be measured. */
export interface RunRequest {
  readonly options: Pick<Options, "quick" | "peers" | "cases" | "threads"> & {
    readonly backends: readonly string[];
  };
  /** Of timed cases, only those of these sizes; absent: of all. */
  readonly sizes?: readonly number[] | undefined;
  readonly modules: readonly BackendModule[];
}

export interface DetectRequest {
  /** Whether the backends that the page knows are looked at, or only those of modules. */
  readonly known: boolean;
  readonly threads?: number | undefined;
  readonly modules: readonly BackendModule[];
}

/** Work for one backend. */
export interface OneBackend {
  readonly backend: string;
  readonly threads: number;
  readonly modules: readonly BackendModule[];
}

/** A network to be trained on one backend. */
export interface TrainRequest extends OneBackend {
  /** Of a workload. */
  readonly id: string;
  /** After which it ends, if it has not by itself. */
  readonly seconds: number;
}

/** A backend that is to try its kernels. */
export type KernelsRequest = OneBackend;

/** How many cases a choice holds. */
export interface Counts {
  readonly conformance: number;
  readonly timed: number;
  readonly workloads: number;
  readonly compared: number;
  /** Which sizes the timed cases have, those too that were not chosen; ascending. */
  readonly sizes: readonly number[];
}

/** What a worker can be asked, and what it answers. */
export interface Tasks {
  detect: { readonly request: DetectRequest; readonly answer: readonly BackendEntry[] };
  count: { readonly request: Omit<RunRequest, "modules">; readonly answer: Counts };
  trainings: {
    readonly request: undefined;
    readonly answer: readonly { readonly id: string; readonly label: string }[];
  };
  train: { readonly request: TrainRequest; readonly answer: WorkloadEntry };
  kernels: { readonly request: KernelsRequest; readonly answer: readonly KernelTrial[] };
  models: { readonly request: undefined; readonly answer: readonly ModelledKernel[] };
  run: { readonly request: RunRequest; readonly answer: undefined };
}

export type TaskName = keyof Tasks;

export type Question = {
  [Name in TaskName]: {
    readonly task: Name;
    readonly request: Tasks[Name]["request"];
  };
}[TaskName];

/** Asks the worker to end soon, with what it has. */
export const finishing = "finish";

export type Reply =
  | { readonly kind: "events"; readonly events: readonly BenchEvent[] }
  | { readonly kind: "done"; readonly answer: unknown }
  /** `refused`: the request cannot be met; the message says what to do. */
  | { readonly kind: "failed" | "refused"; readonly message: string };
