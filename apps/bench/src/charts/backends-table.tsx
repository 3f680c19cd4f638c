import type { Report } from "../report.js";
import { DataTable } from "./data-table.js";
import { time } from "./format.js";

/** Each backend: what it runs on, or why it does not run. */
export function BackendsTable({ backends }: Pick<Report, "backends">) {
  return (
    <DataTable
      caption="Backends"
      head={["backend", "", "device or reason", "threads", "types", "opens in"]}
      figuresFrom={6}
      rows={backends.map(({ name, ran, device, reason, threads, dtypes, openSeconds, notes }) => [
        name,
        <span class={ran ? "good" : "quiet"}>{ran ? "✓ runs" : "does not run"}</span>,
        <div class="wrapped">
          {ran ? device : reason}
          {notes?.map((note) => (
            <small>{note}</small>
          ))}
        </div>,
        ran ? threads : "",
        dtypes?.join(" ") ?? "",
        time(openSeconds),
      ])}
    />
  );
}
