import { fasterOf, type MeasuredProbes, measureSimdRoofs, type SimdRoofs } from "./simd-roof.js";

/** What this process can do at best, measured: the yardstick of all other figures. */
export interface Roofs {
  /** Multiply-adds on numbers in registers, in plain JavaScript: 10⁹ operations a second. */
  readonly scalarGflops: number;
  /** `TypedArray.set` of arrays larger than the caches: 10⁹ bytes read and written a second. */
  readonly copyGBps: number;
  /** With vectors of 128 bits; absent where the engine has none. */
  readonly simd?: SimdRoofs;
}

/** The roof that applies to a contender. */
export interface Yardstick {
  readonly roof: "scalar" | "simd";
  readonly gflops: Readonly<Record<"f32" | "f64", number>>;
  readonly copyGBps: number;
}

export interface MeasuredRoofs {
  readonly roofs: Roofs;
  readonly probes?: MeasuredProbes["best"];
}

/** Takes about `seconds`. The best of several runs counts: nothing can run faster than possible. */
export function measureRoofs(seconds = 1): MeasuredRoofs {
  const scalarGflops = scalarRoof(seconds / 4);
  const copyGBps = copyRoof(seconds / 4);
  const simd = measureSimdRoofs(seconds / 2);
  return simd === undefined
    ? { roofs: { scalarGflops, copyGBps } }
    : { roofs: { scalarGflops, copyGBps, simd: simd.roofs }, probes: simd.best };
}

/** Threads multiply what one core can compute, not what memory can move. */
export function yardstick(
  { scalarGflops, copyGBps, simd }: Roofs,
  { vectors, threads = 1 }: { readonly vectors: boolean; readonly threads?: number },
): Yardstick {
  if (!vectors || simd === undefined) {
    const gflops = scalarGflops * threads;
    return { roof: "scalar", gflops: { f32: gflops, f64: gflops }, copyGBps };
  }
  const gflops = { f32: fasterOf(simd.f32) * threads, f64: fasterOf(simd.f64) * threads };
  return { roof: "simd", gflops, copyGBps: simd.copyGBps };
}

const chains = 8;
const steps = 200_000;

function scalarRoof(seconds: number): number {
  let best = 0;
  let kept = 0;
  const end = performance.now() + seconds * 1000;
  do {
    const start = performance.now();
    kept += multiplyAdds(0.999, 1e-3, steps);
    const elapsed = (performance.now() - start) / 1000;
    best = Math.max(best, (2 * chains * steps) / Math.max(elapsed, 1e-6) / 1e9);
  } while (performance.now() < end);
  // Never true; keeps the engine from dropping the loop whose result nobody reads.
  return Number.isNaN(kept) ? 0 : best;
}

/** Independent chains, so that the latency of one does not hold up the others. */
function multiplyAdds(factor: number, summand: number, count: number): number {
  let [a, b, c, d] = [0.1, 0.2, 0.3, 0.4];
  let [e, f, g, h] = [0.5, 0.6, 0.7, 0.8];
  for (let i = 0; i < count; i++) {
    a = a * factor + summand;
    b = b * factor + summand;
    c = c * factor + summand;
    d = d * factor + summand;
    e = e * factor + summand;
    f = f * factor + summand;
    g = g * factor + summand;
    h = h * factor + summand;
  }
  return a + b + c + d + e + f + g + h;
}

function copyRoof(seconds: number): number {
  const source = new Float64Array(4 * 2 ** 20).fill(1);
  const target = new Float64Array(source.length);
  let best = 0;
  const end = performance.now() + seconds * 1000;
  do {
    const start = performance.now();
    target.set(source);
    const elapsed = (performance.now() - start) / 1000;
    best = Math.max(best, (2 * source.byteLength) / Math.max(elapsed, 1e-6) / 1e9);
  } while (performance.now() < end);
  return best;
}
