/** A device by its published figures. */
export interface PublishedDevice {
  readonly name: string;
  /** 10⁹ multiply-adds in f32 a second. */
  readonly gigaFma: number;
  /** Multiply-adds in f16 in the time of one in f32. */
  readonly halfRate: number;
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
    halfRate: 1,
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
    halfRate: 1,
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
    halfRate: 2,
    gigaBytes: 68,
    multiprocessors: 6,
    lanes: 128,
    registers: 114_688,
    workgroupBytes: 64 * 1024,
    invocations: 1792,
    source: "Intel, oneAPI GPU Optimization Guide, Xe-LP; 1.35 GHz and LPDDR4X-4266",
  },
];
