import { fit, readSafetensorsFile } from "@blk/nn/node";

export const functions: readonly unknown[] = [fit, readSafetensorsFile];
