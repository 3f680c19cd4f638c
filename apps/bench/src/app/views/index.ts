import type { ComponentType } from "preact";
import type { AppState } from "../state/state.js";
import { KernelsView } from "./kernels-view.js";
import { ProductView } from "./product-view.js";
import { ReportsView } from "./reports-view.js";
import { RunView } from "./run-view.js";
import { TrainingView } from "./training-view.js";

export type ViewName = "run" | "reports" | "training" | "product" | "kernels";

interface ViewEntry {
  readonly title: string;
  readonly View: ComponentType<{ readonly state: AppState }>;
}

/** The parts of the page, in the order of its links. */
export const views: Readonly<Record<ViewName, ViewEntry>> = {
  run: { title: "Measure", View: RunView },
  reports: { title: "Reports", View: ReportsView },
  training: { title: "Training", View: TrainingView },
  product: { title: "Blocks", View: ProductView },
  kernels: { title: "Kernels", View: KernelsView },
};

/** The part that an address's hash names. */
export function viewNamed(hash: string): ViewName | undefined {
  const name = hash.slice(1);
  return Object.hasOwn(views, name) ? (name as ViewName) : undefined;
}
