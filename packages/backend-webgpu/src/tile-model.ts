/**
 * What a variant of the products' kernels costs and reaches on a device by its published figures: a
 * model on paper, which tells tiles that cannot be fast from those worth measuring.
 */
import {
  classParams,
  deviceClassOf,
  type GemmTile,
  halfStrip,
  halfTile,
  invocationsOf,
  tileName,
  workgroupBytesOf,
} from "./params.js";
import { type PublishedDevice, publishedDevices } from "./published-devices.js";

/** What the factors are stored as, and what their products are computed in. */
export interface ModelledNumbers {
  readonly factors: "f32" | "f16";
  readonly arithmetic: "f32" | "f16";
}

/** What the model says of a variant on a device. */
export interface TileModel {
  readonly device: string;
  /** As in the names of kernels: `gemm_f32_64x64_8x8_k16`, with `_h16` for arithmetic in f16. */
  readonly variant: string;
  readonly factors: "f32" | "f16";
  /** Bytes of a and b that a workgroup reads for each multiply-add. */
  readonly bytesPerFma: number;
  /** The same from memory, where resident workgroups share caches as they lie in a square. */
  readonly memoryBytesPerFma: number;
  readonly workgroupBytes: number;
  /** 32-bit registers of an invocation: sums, one vector pair of each factor, and addresses. */
  readonly registers: number;
  /** Workgroups on a multiprocessor at once. */
  readonly resident: number;
  /** Of the invocations that a multiprocessor can hold. */
  readonly occupancy: number;
  /** Of the device's multiply-adds in this arithmetic; 0 where the tile does not run. */
  readonly share: number;
  /** 10⁹ multiply-adds a second: that share of the device's. */
  readonly gigaFma: number;
  /** A line for people. */
  toString(): string;
}

/** Registers for addresses, counters and staged pieces. */
const otherRegisters = 24;
/** Cycles until memory answers. */
const latency = 600;
const inSingle: ModelledNumbers = { factors: "f32", arithmetic: "f32" };
const numbers: readonly ModelledNumbers[] = [
  inSingle,
  { factors: "f16", arithmetic: "f32" },
  { factors: "f16", arithmetic: "f16" },
];

/** The models of tiles, or else of those that a device's kind has, on each published device. */
export function modelTiles(tiles?: readonly GemmTile[]): readonly TileModel[] {
  return publishedDevices.flatMap((device) =>
    (tiles ?? classParams[deviceClassOf(device.name)].tiles).flatMap((tile) =>
      numbers.map((each) => modelTile(tile, device, each)),
    ),
  );
}

export function modelTile(
  wanted: GemmTile,
  device: PublishedDevice,
  { factors, arithmetic }: ModelledNumbers = inSingle,
): TileModel {
  const isHalf = arithmetic === "f16";
  const tile = isHalf ? halfTile(wanted) : wanted;
  const { rows, cols, threadRows, threadCols, steps } = tile;
  const invocations = invocationsOf(tile);
  const sums = threadRows * threadCols;
  // Numbers of f16 lie two in a register; sums of a strip are there beside those of all.
  const size = isHalf ? 0.5 : 1;
  const workgroupBytes = workgroupBytesOf(tile) * size;
  const registers =
    sums + (isHalf ? sums * size : 0) + (threadRows + threadCols) * size + otherRegisters;
  const resident = Math.floor(
    Math.min(
      device.registers / (registers * invocations),
      device.workgroupBytes / workgroupBytes,
      device.invocations / invocations,
    ),
  );
  const bytes = factors === "f16" ? 2 : 4;
  const bytesPerFma = bytes / rows + bytes / cols;
  const side = Math.max(1, Math.sqrt(resident * device.multiprocessors));
  const memoryBytesPerFma = bytesPerFma / side;
  const peak = device.gigaFma * (isHalf ? device.halfRate : 1);
  const ideal = sums / (isHalf ? device.halfRate : 1);
  const instructions = ideal + otherInstructions(tile, isHalf);
  const memory = device.gigaBytes / (peak * memoryBytesPerFma);
  // While one workgroup waits for memory, the others of its multiprocessor compute.
  const cycles = (invocations * instructions * steps) / device.lanes;
  const overlap = (resident * cycles) / (cycles + latency);
  const share = (ideal / instructions) * Math.min(1, memory) * Math.min(1, overlap);
  const model = {
    ...{ device: device.name, factors, bytesPerFma, memoryBytesPerFma, workgroupBytes, registers },
    variant: `gemm_f32_${tileName(tile)}${isHalf ? `_h${halfStrip}` : ""}`,
    ...{ resident, share, gigaFma: share * peak },
    occupancy: (resident * invocations) / device.invocations,
  };
  return { ...model, toString: () => describe(model) };
}

/**
 * Instructions of an invocation at each step beside the multiply-adds: vectors of workgroup memory; its
 * part of the staging, a load, a store and an address for each element; the loop. With quads it reads
 * a quarter of a's vectors, and is told each number of all of them. In f16, two elements are staged at
 * once, and each sum of a strip is converted and added.
 */
function otherInstructions(tile: GemmTile, isHalf: boolean): number {
  const { rows, cols, threadRows, threadCols, quads } = tile;
  const size = isHalf ? 0.5 : 1;
  const readsOfA = threadRows / 4;
  const reads = threadCols / 4 + (quads ? readsOfA / 4 + threadRows * size : readsOfA);
  const staging = (3 * (rows + cols) * size) / invocationsOf(tile);
  const ends = isHalf ? (2 * threadRows * threadCols) / halfStrip : 0;
  return reads + staging + ends + 1;
}

function describe(model: Omit<TileModel, "toString">): string {
  const { device, variant, factors, bytesPerFma, memoryBytesPerFma, registers } = model;
  const percent = (x: number): string => `${Math.round(100 * x)} %`;
  return [
    `${variant} of ${factors} on ${device}: ${percent(model.share)} of the peak, ${Math.round(model.gigaFma)} GFMA/s`,
    `${bytesPerFma.toFixed(4)} bytes a multiply-add, ${memoryBytesPerFma.toFixed(4)} of them from memory`,
    `${model.workgroupBytes} bytes of workgroup memory, ${registers} registers, ${model.resident} workgroups resident, ${percent(model.occupancy)} occupied`,
  ].join("; ");
}
