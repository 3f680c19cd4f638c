/** @blk/nn/node: what of training needs files, a terminal and signals. */
export { checkpointFile } from "./checkpoint-file.js";
export { fit, type NodeFitOptions } from "./fit.js";
export type { ProgressStream } from "./progress-bar.js";
export { readSafetensorsFile, writeSafetensorsFile } from "./safetensors-on-disk.js";
