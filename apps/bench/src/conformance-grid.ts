import type { ConformanceEntry } from "./report.js";

/** How the cases of one operation went on one backend. */
export interface ConformanceCell {
  readonly backend: string;
  readonly passed: number;
  readonly failed: readonly ConformanceEntry[];
  /** Need not pass, by the backend's capabilities. */
  readonly unsupported: readonly ConformanceEntry[];
  readonly skipped: number;
  /** Those that were run. */
  readonly ran: number;
}

export interface ConformanceGrid {
  readonly backends: readonly string[];
  readonly rows: readonly { readonly operation: string; readonly cells: ConformanceCell[] }[];
}

/** Operations by backends, both in the order in which they ran. */
export function conformanceGrid(entries: readonly ConformanceEntry[]): ConformanceGrid {
  const backends = [...new Set(entries.map(({ backend }) => backend))];
  const operations = [...new Set(entries.map(({ operation }) => operation))];
  const rows = operations.map((operation) => ({
    operation,
    cells: backends.map((backend) =>
      cellOf(
        backend,
        entries.filter((entry) => entry.backend === backend && entry.operation === operation),
      ),
    ),
  }));
  return { backends, rows };
}

function cellOf(backend: string, entries: readonly ConformanceEntry[]): ConformanceCell {
  const those = (status: ConformanceEntry["status"]): readonly ConformanceEntry[] =>
    entries.filter((entry) => entry.status === status);
  const failed = those("failed");
  const passed = those("passed").length;
  const counts = { passed, failed, unsupported: those("unsupported") };
  return { backend, ...counts, skipped: those("skipped").length, ran: passed + failed.length };
}

/** `31 of 31, 4 unsupported` */
export function cellParts(cell: ConformanceCell): readonly [string, ...string[]] {
  const { passed, ran, unsupported, skipped } = cell;
  return [
    `${passed} of ${ran}`,
    ...(unsupported.length > 0 ? [`${unsupported.length} unsupported`] : []),
    ...(skipped > 0 ? [`${skipped} not run`] : []),
  ];
}
