import { computed, type ReadonlySignal, type Signal, signal } from "@preact/signals";
import { messageOf } from "../../message-of.js";
import type { BackendEntry } from "../../report.js";
import { isSoftwareAdapter } from "../../software-adapter.js";
import { type Asked, askWorker } from "../ask-worker.js";
import type { BackendModule } from "../worker/tasks.js";

/** Which backends run here, and which of them are chosen. */
export interface BackendsState {
  readonly entries: ReadonlySignal<readonly BackendEntry[]>;
  readonly detecting: ReadonlySignal<boolean>;
  /** Why a module was not taken, or the detection failed. */
  readonly problem: Signal<string | undefined>;
  readonly modules: ReadonlySignal<readonly BackendModule[]>;
  /** Threads for backends that have them. */
  readonly threads: Signal<number>;
  /** Names of those that run here and are chosen. */
  readonly chosen: ReadonlySignal<readonly string[]>;
  choose(name: string, isChosen: boolean): void;
  detect(): Promise<void>;
  /** Adds a third party's backend; says whether it could be loaded. */
  add(module: BackendModule): Promise<boolean>;
}

export function createBackends(): BackendsState {
  const known = signal<readonly BackendEntry[]>([]);
  const brought = signal<readonly BackendEntry[]>([]);
  const entries = computed(() => {
    const names = new Set(brought.value.map(({ name }) => name));
    return [...known.value.filter(({ name }) => !names.has(name)), ...brought.value];
  });
  const detecting = signal(false);
  const problem = signal<string | undefined>(undefined);
  const modules = signal<readonly BackendModule[]>([]);
  const threads = signal(1);
  /** What a person said; of others, all are chosen that compute on real hardware. */
  const said = signal<ReadonlyMap<string, boolean>>(new Map());
  const chosen = computed(() =>
    entries.value
      .filter((entry) => entry.ran && (said.value.get(entry.name) ?? !isInSoftware(entry)))
      .map(({ name }) => name),
  );
  let asked: Asked<readonly BackendEntry[]> | undefined;

  return {
    ...{ entries, detecting, problem, modules, threads, chosen },
    choose(name, isChosen) {
      said.value = new Map([...said.value, [name, isChosen]]);
    },
    async detect() {
      asked?.stop();
      detecting.value = true;
      const request = { known: true, threads: threads.value, modules: [] };
      asked = askWorker("detect", request);
      try {
        known.value = await asked.answer;
      } catch (error) {
        problem.value = messageOf(error);
      }
      detecting.value = false;
    },
    async add(module) {
      problem.value = undefined;
      const request = { known: false, threads: threads.value, modules: [module] };
      try {
        const [entry] = await askWorker("detect", request).answer;
        if (entry === undefined) return false;
        brought.value = [...brought.value.filter(({ name }) => name !== entry.name), entry];
        modules.value = [...modules.value, module];
        return true;
      } catch (error) {
        problem.value = messageOf(error);
        return false;
      }
    },
  };
}

/** Whether a backend computes on the processor what a graphics card would. */
export function isInSoftware({ device = "" }: BackendEntry): boolean {
  return isSoftwareAdapter(device);
}
