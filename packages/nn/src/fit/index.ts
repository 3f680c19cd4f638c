export type { CountCorrect } from "./accuracy.js";
export type { CheckpointStore } from "./checkpoint.js";
export type { Batch, Data, Dataset, MatrixData } from "./data.js";
export { fit } from "./fit.js";
export type { CheckpointOptions, FitOptions, FitResult, Loss, Model } from "./options.js";
export type { EpochResult, FitProgress, Measured } from "./progress.js";
export { type LayerSummary, type Summary, type SummaryOptions, summary } from "./summary.js";
