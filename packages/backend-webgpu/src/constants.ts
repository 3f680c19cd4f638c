/** Flags of the WebGPU specification, as numbers: in Node no globals name them. */
export const bufferUsage = {
  mapRead: 0x1,
  copySource: 0x4,
  copyTarget: 0x8,
  storage: 0x80,
  queryResolve: 0x200,
} as const;
export const computeStage = 0x4;
export const mapForReading = 0x1;
