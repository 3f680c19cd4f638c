import { useSignal } from "@preact/signals";
import { saveReport } from "../save-report.js";
import type { ReportsState } from "../state/reports.js";
import type { AppState } from "../state/state.js";
import { ShownReport } from "./shown-report.js";

/** The reports of this page and from files: look at one, save it, compare it with another. */
export function ReportsView({ state: { reports } }: { readonly state: AppState }) {
  const isOver = useSignal(false);
  return (
    // Dropping files is a second way to what the button below does, which the keyboard reaches.
    // biome-ignore lint/a11y/noStaticElementInteractions: the button below does the same
    <div
      class={isOver.value ? "drop over" : "drop"}
      onDragOver={(event) => {
        event.preventDefault();
        isOver.value = true;
      }}
      onDragLeave={() => {
        isOver.value = false;
      }}
      onDrop={(event) => {
        event.preventDefault();
        isOver.value = false;
        void reports.load([...(event.dataTransfer?.files ?? [])]);
      }}
    >
      <p class="lead">
        Of runs on this page, and of files: what this page saves, and what the command line writes
        with <code>--json</code>.
      </p>
      <div class="fields">
        <label>
          Load reports, or drop them here
          <input
            type="file"
            multiple
            accept=".json,application/json"
            onChange={async ({ currentTarget }) => {
              await reports.load([...(currentTarget.files ?? [])]);
              currentTarget.value = "";
            }}
          />
        </label>
      </div>
      <p role="alert" class="bad">
        {reports.problem.value}
      </p>
      {reports.all.value.length === 0 ? (
        <p class="quiet">There is none yet. Measure something, or load one.</p>
      ) : (
        <Shelf reports={reports} />
      )}
      <ShownReport shown={reports.shown.value} before={reports.before.value} />
    </div>
  );
}

function Shelf({ reports }: { readonly reports: ReportsState }) {
  const { all, shown, before } = reports;
  const options = all.value.map(({ id, title }) => <option value={id}>{title}</option>);
  return (
    <div class="fields">
      <label>
        Shown
        <select
          class="wide"
          value={shown.value?.id}
          onChange={({ currentTarget }) => reports.show(Number(currentTarget.value))}
        >
          {options}
        </select>
      </label>
      <label>
        Compared with
        <select
          class="wide"
          value={before.value?.id ?? ""}
          onChange={({ currentTarget }) =>
            reports.compareWith(Number(currentTarget.value) || undefined)
          }
        >
          <option value="">none</option>
          {options}
        </select>
      </label>
      <button
        type="button"
        disabled={shown.value === undefined}
        onClick={() => {
          if (shown.value !== undefined) saveReport(shown.value.report);
        }}
      >
        Save
      </button>
    </div>
  );
}
