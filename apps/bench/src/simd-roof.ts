import { type ProbeExports, type ProbeOptions, probeModule } from "./probe-module.js";

/** What one core does at best with WebAssembly's vectors of 128 bits. */
export interface SimdRoofs {
  readonly f32: MultiplyAddRoof;
  readonly f64: MultiplyAddRoof;
  /** 10⁹ bytes read and written a second, between arrays larger than the caches. */
  readonly copyGBps: number;
  /** 10⁹ bytes read a second. */
  readonly readGBps: number;
}

/** 10⁹ operations a second of multiply-adds on numbers in registers. */
export interface MultiplyAddRoof {
  /** A multiplication, then an addition. */
  readonly separate: number;
  /** In one instruction; absent where the engine has no relaxed SIMD. */
  readonly fused?: number;
}

export type ProbeKind = "f32" | "f64" | "copy" | "read";

/** One way to do something that a core can do. */
export interface Probe {
  readonly kind: ProbeKind;
  readonly fused: boolean;
  /** Operations or bytes of one call. */
  readonly work: number;
  run(): void;
}

/** What the machine can do, and for each kind the way that was fastest, to be run again. */
export interface MeasuredProbes {
  readonly roofs: SimdRoofs;
  readonly best: ReadonlyMap<ProbeKind, Probe>;
}

/**
 * Takes about `seconds`. `undefined` where the engine has no SIMD. The best of many runs counts:
 * nothing runs faster than possible.
 */
export function measureSimdRoofs(seconds: number): MeasuredProbes | undefined {
  const probes = openProbes();
  if (probes.length === 0) return undefined;
  const rates = new Map(probes.map((probe) => [probe, bestRate(probe, seconds / probes.length)]));
  const fastest = (kind: ProbeKind, fused?: boolean): Probe | undefined =>
    probes
      .filter((probe) => probe.kind === kind && (fused ?? probe.fused) === probe.fused)
      .sort((x, y) => rate(y) - rate(x))[0];
  const rate = (probe: Probe | undefined): number => (probe && rates.get(probe)) ?? 0;
  const multiplyAdd = (kind: "f32" | "f64"): MultiplyAddRoof => {
    const fused = fastest(kind, true);
    return { separate: rate(fastest(kind, false)), ...(fused && { fused: rate(fused) }) };
  };
  const best = new Map<ProbeKind, Probe>();
  for (const kind of ["f32", "f64", "copy", "read"] as const) {
    const probe = fastest(kind);
    if (probe !== undefined) best.set(kind, probe);
  }
  const roofs: SimdRoofs = {
    f32: multiplyAdd("f32"),
    f64: multiplyAdd("f64"),
    copyGBps: rate(best.get("copy")),
    readGBps: rate(best.get("read")),
  };
  return { roofs, best };
}

/** The faster of both. */
export function fasterOf({ separate, fused }: MultiplyAddRoof): number {
  return Math.max(separate, fused ?? 0);
}

/**
 * Sums at once. Of 16 registers, two sets of 6 or 7 and one of 12 or 14 leave room for the factor;
 * the largest is for machines with 32.
 */
const chains = { separate: [6, 7, 12], fused: [12, 14, 24] } as const;
const steps = 100_000;
/** Larger than caches are. */
const arrayBytes = 64 * 2 ** 20;
const pageBytes = 2 ** 16;

function openProbes(): readonly Probe[] {
  const registers = (["f32", "f64"] as const).flatMap((dtype) => [
    ...chains.separate.flatMap((count) => multiplyAddProbe(dtype, false, count)),
    ...chains.fused.flatMap((count) => multiplyAddProbe(dtype, true, count)),
  ]);
  const memory = registers.length === 0 ? [] : memoryProbes();
  return memory.length === 0 ? [] : [...registers, ...memory];
}

function multiplyAddProbe(dtype: "f32" | "f64", fused: boolean, count: number): readonly Probe[] {
  const exports = instantiate({ dtype, fused, chains: count, pages: 1 });
  if (exports === undefined) return [];
  const lanes = dtype === "f32" ? 4 : 2;
  const work = 2 * lanes * count * steps;
  // The factor 1 keeps products from becoming subnormal, which some processors are slow at.
  return [{ kind: dtype, fused, work, run: () => void exports.multiplyAdd(steps, 1) }];
}

function memoryProbes(): readonly Probe[] {
  const pages = (2 * arrayBytes) / pageBytes;
  const exports = instantiate({ dtype: "f32", fused: false, chains: 1, pages });
  if (exports === undefined) return [];
  // Memory that was never written may be one and the same page of zeros.
  new Float64Array(exports.memory.buffer).fill(1);
  const [from, to, end] = [0, arrayBytes, arrayBytes];
  const probe = (kind: ProbeKind, work: number, run: () => void): Probe => ({
    ...{ kind, fused: false, work, run },
  });
  return [
    probe("copy", 2 * arrayBytes, () => exports.copyVectors(from, to, end)),
    probe("copy", 2 * arrayBytes, () => exports.copyBulk(from, to, end)),
    probe("read", arrayBytes, () => void exports.read(from, end)),
  ];
}

/** `undefined` where the engine does not know the instructions, or has no memory left. */
function instantiate(options: ProbeOptions): ProbeExports | undefined {
  const bytes = probeModule(options);
  if (!WebAssembly.validate(bytes)) return undefined;
  try {
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes));
    return exports as unknown as ProbeExports;
  } catch {
    return undefined;
  }
}

/** 10⁹ operations or bytes a second. */
function bestRate({ work, run }: Probe, seconds: number): number {
  let best = 0;
  const end = performance.now() + seconds * 1000;
  do {
    const start = performance.now();
    run();
    const elapsed = (performance.now() - start) / 1000;
    best = Math.max(best, work / Math.max(elapsed, 1e-6) / 1e9);
  } while (performance.now() < end);
  return best;
}
