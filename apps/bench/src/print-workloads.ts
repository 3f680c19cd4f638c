import colors from "picocolors";
import { duration } from "./print-units.js";
import type { Report, WorkloadEntry } from "./report.js";
import { table } from "./table.js";

/** What came of the workloads, each on every backend. */
export function printWorkloads({ workload }: Report): string {
  const ids = [...new Set(workload.map(({ id }) => id))];
  return ids.map((id) => printWorkload(workload.filter((entry) => entry.id === id))).join("\n\n");
}

function printWorkload(entries: readonly WorkloadEntry[]): string {
  const columns = kinds.find(({ of }) => entries.some((entry) => of(entry) !== undefined)) ?? plain;
  const rows = entries.map((entry) => {
    const cells = columns.of(entry);
    const missing = [colors.red(entry.status), entry.message ?? ""];
    return padded([entry.backend, ...(cells ?? missing)], columns.head.length + 1);
  });
  const title = table(`Workload: ${entries[0]?.label}`, ["backend", ...columns.head], rows);
  const data = entries.find((entry) => entry.data !== undefined)?.data ?? "";
  return `${title}\n${colors.dim(data)}`;
}

interface Columns {
  readonly head: readonly string[];
  of(entry: WorkloadEntry): readonly string[] | undefined;
}

const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;

const kinds: readonly Columns[] = [
  {
    head: ["right, held out", "per step", "images/s", "epochs", "training"],
    of: ({ training }) =>
      training && [
        percent(training.accuracy),
        duration(training.secondsPerStep),
        Math.round(training.imagesPerSecond).toLocaleString("en"),
        `${training.epochs}${training.stoppedEarly ? " (time limit)" : ""}`,
        duration(training.seconds),
      ],
  },
  {
    head: ["error, left out", "of the mean", "penalty", "time"],
    of: ({ ridge }) =>
      ridge && [
        ridge.best.error.toFixed(2),
        ridge.errorOfMean.toFixed(2),
        ridge.best.lambda.toPrecision(2),
        duration(ridge.seconds),
      ],
  },
  {
    head: ["error by rank", "numbers kept", "time"],
    of: ({ compression }) =>
      compression && [
        compression.pictures.map(({ rank, error }) => `${rank}: ${percent(error)}`).join("  "),
        compression.pictures.map(({ share }) => percent(share)).join("  "),
        duration(compression.seconds),
      ],
  },
];

const plain: Columns = { head: ["", ""], of: () => undefined };

function padded(cells: readonly string[], length: number): string[] {
  return Array.from({ length: Math.max(length, cells.length) }, (_, i) => cells[i] ?? "");
}
