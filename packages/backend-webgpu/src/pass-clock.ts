import { bufferUsage } from "./constants.js";

/** Nanoseconds at the begin and at the end of a pass, eight bytes each. */
const bytes = 16;

/** Times one compute pass by the device's own clock. */
export interface PassClock {
  /** What the pass is begun with. */
  nextPass(): GPUComputePassDescriptor;
  /** Stores what the clock showed; recorded behind the pass. */
  resolve(encoder: GPUCommandEncoder): void;
  /**
   * How long the pass took; `undefined` where the work took several passes, or where the clock is
   * too coarse for it or counts backwards, as implementations may let it.
   */
  milliseconds(read: (memory: GPUBuffer) => Promise<ArrayBuffer>): Promise<number | undefined>;
  dispose(): void;
}

/** A clock for work to come; `undefined` where the device has none. */
export function passClock(device: GPUDevice): PassClock | undefined {
  if (!device.features.has("timestamp-query")) return undefined;
  const querySet = device.createQuerySet({ type: "timestamp", count: 2 });
  const usage = bufferUsage.queryResolve | bufferUsage.copySource;
  const memory = device.createBuffer({ size: bytes, usage });
  let passes = 0;
  return {
    nextPass() {
      passes++;
      const indices = { beginningOfPassWriteIndex: 0, endOfPassWriteIndex: 1 };
      return { timestampWrites: { querySet, ...indices } };
    },
    resolve(encoder) {
      encoder.resolveQuerySet(querySet, 0, 2, memory, 0);
    },
    async milliseconds(read) {
      if (passes !== 1) return undefined;
      const [begin = 0n, end = 0n] = new BigInt64Array(await read(memory));
      return end > begin ? Number(end - begin) / 1e6 : undefined;
    },
    dispose() {
      querySet.destroy();
      memory.destroy();
    },
  };
}
