import { spread } from "../measure.js";
import { bytes } from "../print-units.js";
import type { PerformanceEntry, Report } from "../report.js";
import { DataTable } from "./data-table.js";
import { percent, rateText, time } from "./format.js";

/** Every timed case and the most memory that it needs, a table for each group; those that were skipped are named in the notes. */
export function PerformanceTable({ performance }: Pick<Report, "performance">) {
  const shown = performance.filter(({ status }) => status !== "skipped");
  const groups = [...new Set(shown.map(({ group }) => group))];
  return (
    <>
      {groups.map((group) => {
        const own = shown.filter((entry) => entry.group === group);
        const wrong = own.filter(({ timing }) => timing === undefined).length;
        return (
          <details open={wrong > 0}>
            <summary>
              {group}: {own.length} results
              {wrong > 0 ? <span class="bad"> ✗ {wrong} wrong</span> : null}
            </summary>
            <DataTable
              caption={`Times: ${group}`}
              head={["case", "backend", "type", "time", "speed", "of the roof", "spread", "memory"]}
              figuresFrom={3}
              rows={own.map(performanceRow)}
            />
          </details>
        );
      })}
    </>
  );
}

function performanceRow(entry: PerformanceEntry) {
  const { label, backend, dtype, status, message, timing, rate, memory } = entry;
  if (timing === undefined) {
    const failed = <span class="bad">✗ {status}</span>;
    return [<Failed label={label} reason={message} />, backend, dtype, failed, "", "", "", ""];
  }
  const about = [label, backend, dtype];
  const speeds = rate === undefined ? ["", ""] : [rateText(rate), percent(rate.shareOfRoof, 0)];
  const need = memory === undefined ? "" : bytes(memory.peak);
  return [...about, time(timing.median), ...speeds, percent(spread(timing), 0), need];
}

function Failed({
  label,
  reason,
}: {
  readonly label: string;
  readonly reason: string | undefined;
}) {
  return (
    <div class="wrapped">
      {label}
      <small>{reason}</small>
    </div>
  );
}
