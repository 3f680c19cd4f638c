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
  /** Whether a module is being loaded. */
  readonly adding: ReadonlySignal<boolean>;
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
  const brought = signal<readonly Brought[]>([]);
  const entries = computed(() => {
    const own = brought.value.map(({ entry }) => entry);
    const names = new Set(own.map(({ name }) => name));
    return [...known.value.filter(({ name }) => !names.has(name)), ...own];
  });
  const modules = computed(() => brought.value.map(({ module }) => module));
  const adding = signal(false);
  const detecting = signal(false);
  const problem = signal<string | undefined>(undefined);
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
    ...{ entries, detecting, adding, problem, modules, threads, chosen },
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
      adding.value = true;
      const request = { known: false, threads: threads.value, modules: [module] };
      try {
        const [entry] = await answered(askWorker("detect", request), module.name);
        if (entry === undefined) return false;
        // Of the same name, the newest counts.
        const others = brought.value.filter((each) => each.entry.name !== entry.name);
        brought.value = [...others, { entry, module }];
        return true;
      } catch (error) {
        problem.value = messageOf(error);
        return false;
      } finally {
        adding.value = false;
      }
    },
  };
}

/** A backend of a module. */
interface Brought {
  readonly entry: BackendEntry;
  readonly module: BackendModule;
}

/** Seconds until a module must have been loaded and its backend opened. */
const patience = 15;

/** The answer; rejects where none comes: a module may wait, or work, for ever. */
function answered<T>({ answer, stop }: Asked<T>, name: string): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const timer = setTimeout(() => {
      stop();
      reject(
        new Error(
          `${name} did not answer within ${patience} s; see whether its address is right, and whether its module or create() waits for something`,
        ),
      );
    }, patience * 1000);
    answer.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}

/** Whether a backend computes on the processor what a graphics card would. */
export function isInSoftware({ device = "" }: BackendEntry): boolean {
  return isSoftwareAdapter(device);
}
