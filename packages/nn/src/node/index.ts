/** @blk/nn/node: what of training needs files, a terminal and signals. */
export { readSafetensorsFile, writeSafetensorsFile } from "./safetensors-on-disk.js";
