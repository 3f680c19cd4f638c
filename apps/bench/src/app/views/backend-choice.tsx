import type { BackendEntry } from "../../report.js";
import { type BackendsState, isInSoftware } from "../state/backends.js";
import { AddBackend } from "./add-backend.js";

interface Props {
  readonly state: BackendsState;
  readonly disabled: boolean;
}

/** Which backends run here, and why others do not; which of them to run; with how many threads. */
export function BackendChoice({ state, disabled }: Props) {
  const { entries, detecting, threads } = state;
  const cores = navigator.hardwareConcurrency;
  return (
    <fieldset disabled={disabled} aria-busy={detecting.value}>
      <legend>Backends</legend>
      <ul class="backends" aria-label="Backends">
        {entries.value.map((entry) => (
          <Backend key={entry.name} entry={entry} state={state} />
        ))}
      </ul>
      {detecting.value ? <p class="quiet">Looking which backends can run here …</p> : null}
      <div class="fields">
        <label>
          Threads
          <input
            type="number"
            min={1}
            max={cores}
            value={threads.value}
            disabled={!crossOriginIsolated}
            onChange={({ currentTarget }) => {
              threads.value = Math.min(cores, Math.max(1, currentTarget.valueAsNumber || 1));
              currentTarget.valueAsNumber = threads.value;
              void state.detect();
            }}
          />
        </label>
        <p class="hint">
          {crossOriginIsolated
            ? `This machine runs ${cores} at once. More than one is measured beside one.`
            : "One: this page is not cross-origin isolated, and without that threads cannot share memory."}
        </p>
      </div>
      <AddBackend state={state} />
    </fieldset>
  );
}

function Backend({
  entry,
  state,
}: {
  readonly entry: BackendEntry;
  readonly state: BackendsState;
}) {
  const { name, ran, reason } = entry;
  return (
    <li class={ran ? undefined : "missing"}>
      <label>
        <input
          type="checkbox"
          checked={state.chosen.value.includes(name)}
          disabled={!ran}
          onChange={({ currentTarget }) => state.choose(name, currentTarget.checked)}
        />
        <span>
          <strong>{name}</strong>
          <span class="about">{ran ? aboutOf(entry) : `cannot run here: ${reason}`}</span>
        </span>
      </label>
    </li>
  );
}

function aboutOf(entry: BackendEntry): string {
  const { device, dtypes = [], threads = 1, openSeconds = 0, notes = [] } = entry;
  const software = isInSoftware(entry) ? ["in software, so it is slow"] : [];
  return [
    device,
    ...software,
    dtypes.join(", "),
    threads > 1 ? `${threads} threads` : "",
    `ready in ${(openSeconds * 1e3).toFixed(0)} ms`,
    ...notes,
  ]
    .filter((part) => part)
    .join(" · ");
}
