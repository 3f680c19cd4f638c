import { computed, type ReadonlySignal, type Signal, signal } from "@preact/signals";
import { messageOf } from "../../message-of.js";
import type { Report } from "../../report.js";
import { wholeReport } from "../../whole-report.js";

/** A report of this page's or from a file. */
export interface ShelvedReport {
  readonly id: number;
  readonly title: string;
  readonly report: Report;
}

/** The reports that the page has: of its own runs, and loaded ones. */
export interface ReportsState {
  readonly all: ReadonlySignal<readonly ShelvedReport[]>;
  /** The one that is shown, and the one that it is compared with. */
  readonly shown: ReadonlySignal<ShelvedReport | undefined>;
  readonly before: ReadonlySignal<ShelvedReport | undefined>;
  /** Why a file was not taken. */
  readonly problem: ReadonlySignal<string | undefined>;
  /** Puts a report on the shelf and shows it. */
  add(title: string, report: Report): void;
  /** The same with those in files; those that are none are told. */
  load(files: readonly File[]): Promise<void>;
  show(id: number): void;
  /** `undefined`: with none. */
  compareWith(id: number | undefined): void;
}

export function createReports(): ReportsState {
  const all = signal<readonly ShelvedReport[]>([]);
  const shownId = signal<number | undefined>(undefined);
  const beforeId = signal<number | undefined>(undefined);
  const problem = signal<string | undefined>(undefined);
  const find = (id: Signal<number | undefined>): ReadonlySignal<ShelvedReport | undefined> =>
    computed(() => all.value.find((shelved) => shelved.id === id.value));
  const add = (title: string, report: Report): void => {
    const id = all.value.length + 1;
    all.value = [...all.value, { id, title, report }];
    shownId.value = id;
  };
  return {
    ...{ all, shown: find(shownId), before: find(beforeId), problem, add },
    async load(files) {
      problem.value = undefined;
      for (const file of files) {
        try {
          add(file.name, wholeReport(await file.text(), file.name));
        } catch (error) {
          problem.value = messageOf(error);
        }
      }
    },
    show(id) {
      shownId.value = id;
    },
    compareWith(id) {
      beforeId.value = id;
    },
  };
}
