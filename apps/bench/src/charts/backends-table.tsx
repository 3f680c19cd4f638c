import type { BackendEntry, Report } from "../report.js";
import { DataTable } from "./data-table.js";
import { time } from "./format.js";

/** Each backend: what it runs on, or why it does not run. */
export function BackendsTable({ backends }: Pick<Report, "backends">) {
  return (
    <DataTable
      caption="Backends"
      head={["backend", "state", "device or reason", "threads", "types", "opens in"]}
      figuresFrom={6}
      rows={backends.map((backend) => [
        backend.name,
        <State {...backend} />,
        <div class="wrapped">
          {backend.ran ? backend.device : backend.reason}
          {backend.notes?.map((note) => (
            <small>{note}</small>
          ))}
        </div>,
        backend.ran ? backend.threads : "",
        backend.dtypes?.join(" ") ?? "",
        time(backend.openSeconds),
      ])}
    />
  );
}

function State({ ran, lost }: BackendEntry) {
  if (lost !== undefined) return <span class="bad">✗ lost</span>;
  return <span class={ran ? "good" : "quiet"}>{ran ? "✓ runs" : "does not run"}</span>;
}
