import { type Backend, type BackendProvider, openBackend } from "@blk/core";
import { notSelected } from "./compare.js";
import type { Emit } from "./events.js";
import { messageOf } from "./message-of.js";
import type { BackendEntry } from "./report.js";
import { UsageError } from "./usage-error.js";

/** Whether `wanted` means a backend: by its name, with all, some or none of the words in brackets. */
export function isNamed(wanted: string, name: string): boolean {
  const open = wanted.endsWith(")") ? `${wanted.slice(0, -1)}, ` : `${wanted} (`;
  return name === wanted || name.startsWith(open);
}

/** Whether a backend is chosen by names of `--backends`; without names, all are. */
export function chosenBy(names: readonly string[] | undefined): (name: string) => boolean {
  return (name) => names === undefined || names.some((wanted) => isNamed(wanted, name));
}

export interface OpenedBackends {
  readonly opened: readonly Backend[];
  /** Every provider: whether it runs, or why not. */
  readonly entries: readonly BackendEntry[];
}

/** Does work with the backends that are chosen and can run here, and closes them in the end. */
export async function withBackends<T>(
  providers: readonly BackendProvider[],
  isChosen: (name: string) => boolean,
  emit: Emit,
  work: (backends: OpenedBackends) => Promise<T>,
): Promise<T> {
  const backends = await openBackends(providers, isChosen);
  try {
    return await work(backends);
  } finally {
    for (const backend of backends.opened) {
      try {
        await backend.dispose();
      } catch (error) {
        emit({ kind: "note", text: `${backend.name} could not be closed: ${messageOf(error)}` });
      }
    }
  }
}

/** Opens those that are chosen. */
export async function openBackends(
  providers: readonly BackendProvider[],
  isChosen: (name: string) => boolean = () => true,
): Promise<OpenedBackends> {
  const opened: Backend[] = [];
  const entries: BackendEntry[] = [];
  for (const provider of providers) {
    const { name } = provider;
    if (!isChosen(name)) {
      entries.push({ name, ran: false, reason: notSelected });
      continue;
    }
    let reason = "";
    try {
      const onSkip = (skipped: { readonly reason: string }): void => {
        reason = skipped.reason;
      };
      const start = performance.now();
      const backend = await openBackend([provider], { onSkip });
      const openSeconds = (performance.now() - start) / 1000;
      checkBackend(backend, name);
      opened.push(backend);
      const { device, dtypes, threads, notes } = backend.capabilities;
      entries.push({ name, ran: true, openSeconds, device, dtypes, threads, notes });
    } catch (error) {
      entries.push({ name, ran: false, reason: reason || messageOf(error) });
    }
  }
  return { opened, entries };
}

/** The entries with the kernels that their backends have tried until now, and why devices were lost. */
export function withFindings(
  { opened, entries }: OpenedBackends,
  losses: ReadonlyMap<string, string> = new Map(),
): readonly BackendEntry[] {
  return entries.map((entry) => {
    const backend = opened.find(({ name }) => name === entry.name);
    const trials = backend?.capabilities.trials ?? [];
    const lost = losses.get(entry.name);
    return {
      ...entry,
      ...(trials.length > 0 && { trials: [...trials] }),
      ...(lost !== undefined && { lost }),
    };
  });
}

/** A module may come from anybody: what its provider makes is looked at before it is measured. */
function checkBackend(backend: Partial<Backend> | undefined, name: string): void {
  const { capabilities, dispose, finish } = backend ?? {};
  const works = typeof dispose === "function" && typeof finish === "function";
  if (!works || !Array.isArray(capabilities?.dtypes)) {
    throw new Error("its create() gave no backend; @blk/conformance tells what is missing");
  }
  if (backend?.name !== name) {
    throw new Error(`its create() gave a backend of another name, "${backend?.name}"`);
  }
}

/** Throws `UsageError` for a name that is none of the known ones. */
export function checkNames(known: readonly string[], names: readonly string[] = []): void {
  const unknown = names.find((name) => !known.includes(name));
  if (unknown === undefined) return;
  throw new UsageError(
    `there is no backend "${unknown}"; there are: ${known.join(", ")}. Name one of these, or bring your own with --backend-module`,
  );
}

/** Of the required names those that mean no backend which runs. */
export function missingNames(
  entries: readonly BackendEntry[],
  required: readonly string[],
): readonly string[] {
  return required.filter(
    (wanted) => !entries.some(({ name, ran }) => ran && isNamed(wanted, name)),
  );
}

/** Throws `UsageError` with the reasons where a required backend does not run, or none at all. */
export function checkRunning(entries: readonly BackendEntry[], required: readonly string[]): void {
  const missing = missingNames(entries, required);
  if (missing.length === 0 && entries.some(({ ran }) => ran)) return;
  const reasons = entries
    .filter(({ name }) => missing.length === 0 || missing.some((wanted) => isNamed(wanted, name)))
    .map(({ name, reason }) => `${name} (${reason ?? "no reason given"})`);
  throw new UsageError(
    `cannot run here: ${reasons.join(", ")}; run without it, for example with --backends js`,
  );
}
