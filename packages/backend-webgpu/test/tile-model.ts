/**
 * What a tile costs and reaches on a device by its published figures: a model on paper, which tells
 * tiles that cannot be fast from those worth measuring.
 */
import { type GemmTile, invocationsOf, workgroupBytesOf } from "../src/params.js";

export interface PublishedDevice {
  readonly name: string;
  /** 10⁹ multiply-adds in f32 a second. */
  readonly gigaFma: number;
  /** 10⁹ bytes a second of memory. */
  readonly gigaBytes: number;
  /** Parts of the device that run workgroups, and what each has. */
  readonly multiprocessors: number;
  readonly lanes: number;
  readonly registers: number;
  readonly workgroupBytes: number;
  readonly invocations: number;
  readonly source: string;
}

export const publishedDevices: readonly PublishedDevice[] = [
  {
    name: "NVIDIA GeForce RTX 3060",
    gigaFma: 6370,
    gigaBytes: 360,
    multiprocessors: 28,
    lanes: 128,
    registers: 65_536,
    workgroupBytes: 100 * 1024,
    invocations: 1536,
    source:
      "NVIDIA, product page of the GeForce RTX 3060; CUDA C++ Programming Guide, compute capability 8.6",
  },
  {
    name: "Apple M1, 8 cores",
    gigaFma: 1300,
    gigaBytes: 68,
    multiprocessors: 8,
    lanes: 128,
    registers: 53_248,
    workgroupBytes: 60 * 1024,
    invocations: 3072,
    source: "Apple, press release of November 2020 (2.6 TFLOPS); Turner, metal-benchmarks",
  },
  {
    name: "Intel Iris Xe, 96 execution units",
    gigaFma: 1037,
    gigaBytes: 68,
    multiprocessors: 6,
    lanes: 128,
    registers: 114_688,
    workgroupBytes: 64 * 1024,
    invocations: 1792,
    source: "Intel, oneAPI GPU Optimization Guide, Xe-LP; 1.35 GHz and LPDDR4X-4266",
  },
];

export interface TileModel {
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
  /** Of the device's multiply-adds; 0 where the tile does not run. */
  readonly share: number;
}

/** Registers for addresses, counters and staged pieces. */
const otherRegisters = 24;
/** Cycles until memory answers. */
const latency = 600;

export function modelTile(tile: GemmTile, device: PublishedDevice): TileModel {
  const { rows, cols, threadRows, threadCols, steps } = tile;
  const invocations = invocationsOf(tile);
  const workgroupBytes = workgroupBytesOf(tile);
  const sums = threadRows * threadCols;
  const registers = sums + threadRows + threadCols + otherRegisters;
  const resident = Math.floor(
    Math.min(
      device.registers / (registers * invocations),
      device.workgroupBytes / workgroupBytes,
      device.invocations / invocations,
    ),
  );
  const bytesPerFma = 4 / rows + 4 / cols;
  const side = Math.max(1, Math.sqrt(resident * device.multiprocessors));
  const memoryBytesPerFma = bytesPerFma / side;
  // Instructions of an invocation at each step: multiply-adds; vectors of workgroup memory; its part
  // of the staging, a load, a store and an address for each element; the loop.
  const staging = (3 * (rows + cols)) / invocations;
  const instructions = sums + (threadRows + threadCols) / 4 + staging + 1;
  const memory = device.gigaBytes / (device.gigaFma * memoryBytesPerFma);
  // While one workgroup waits for memory, the others of its multiprocessor compute.
  const cycles = (invocations * instructions * steps) / device.lanes;
  const overlap = (resident * cycles) / (cycles + latency);
  return {
    bytesPerFma,
    memoryBytesPerFma,
    workgroupBytes,
    registers,
    resident,
    occupancy: (resident * invocations) / device.invocations,
    share: (sums / instructions) * Math.min(1, memory) * Math.min(1, overlap),
  };
}

/** A line for people. */
export function explainTile(name: string, model: TileModel, device: PublishedDevice): string {
  const { bytesPerFma, memoryBytesPerFma, registers, resident, occupancy, share } = model;
  const percent = (x: number): string => `${Math.round(100 * x)} %`;
  return [
    `${name} on ${device.name}: ${percent(share)} of ${device.gigaFma} GFMA/s`,
    `${bytesPerFma.toFixed(4)} bytes a multiply-add, ${memoryBytesPerFma.toFixed(4)} of them from memory`,
    `${model.workgroupBytes} bytes of workgroup memory, ${registers} registers, ${resident} workgroups resident, ${percent(occupancy)} occupied`,
  ].join("; ");
}
