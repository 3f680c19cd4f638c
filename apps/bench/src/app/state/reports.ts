import { type ReadonlySignal, type Signal, signal } from "@preact/signals";
import type { Report } from "../../report.js";

/** A report of this page's or from a file. */
export interface ShelvedReport {
  readonly id: number;
  readonly title: string;
  readonly report: Report;
}

/** The reports that the page has: of its own runs, and loaded ones. */
export interface ReportsState {
  readonly all: ReadonlySignal<readonly ShelvedReport[]>;
  /** The one that is shown, and the one it is compared with. */
  readonly shown: Signal<number | undefined>;
  readonly before: Signal<number | undefined>;
  /** Puts a report on the shelf and shows it. */
  add(title: string, report: Report): ShelvedReport;
}

export function createReports(): ReportsState {
  const all = signal<readonly ShelvedReport[]>([]);
  const shown = signal<number | undefined>(undefined);
  const before = signal<number | undefined>(undefined);
  return {
    ...{ all, shown, before },
    add(title, report) {
      const shelved = { id: all.value.length + 1, title, report };
      all.value = [...all.value, shelved];
      shown.value = shelved.id;
      return shelved;
    },
  };
}
