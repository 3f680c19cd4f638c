import { type BackendsState, createBackends } from "./backends.js";
import { type CaseChoiceState, createCaseChoice } from "./case-choice.js";
import { createKernels, type KernelsState } from "./kernels.js";
import { createProduct, type ProductState } from "./product.js";
import { createReports, type ReportsState } from "./reports.js";
import { createRun, type RunState } from "./run.js";
import { createTraining, type TrainingState } from "./training.js";

/** All that the page knows, made once when it is loaded. */
export interface AppState {
  readonly backends: BackendsState;
  readonly cases: CaseChoiceState;
  readonly run: RunState;
  readonly reports: ReportsState;
  readonly training: TrainingState;
  readonly product: ProductState;
  readonly kernels: KernelsState;
}

export function createState(): AppState {
  const reports = createReports();
  return {
    backends: createBackends(),
    cases: createCaseChoice(),
    run: createRun(reports),
    reports,
    training: createTraining(),
    product: createProduct(),
    kernels: createKernels(),
  };
}
