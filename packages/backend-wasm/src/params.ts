import { checkNames, checkNumber } from "./check-options.js";
import { arithmetics, type ComputeType } from "./kernels/arithmetic.js";

/**
 * Sizes into which the loops of a product are cut.
 *
 * ```
 * for columns in steps of nc           a slice of B, kc×nc, in the second or third level of cache
 *   for each term, its k in steps of kc
 *     for rows in steps of mc          a block of A, mc×kc, in the second level
 *       for columns in steps of nr     a panel of B, kc×nr, in the first level
 *         for rows in steps of mr      the tile of sums, mr×nr, in registers
 * ```
 *
 * Sums go on in ascending k wherever it is cut, so only `fused` decides about bits, and `kc` where
 * few rows are multiplied by dot products: variants that may replace one another have the same.
 */
export interface GemmParams {
  /** Rows of the tile of sums. */
  readonly mr: number;
  /** Vectors of 128 bits in a row of the tile. */
  readonly vectors: number;
  /** Steps of k in one round of the micro-kernel's loop. */
  readonly unroll: number;
  /** Parts of such a step, between which nothing is loaded early. */
  readonly parts: number;
  /** Whether a multiply-add rounds once, by relaxed SIMD. */
  readonly fused: boolean;
  /** Steps of k between two visits of the sums. */
  readonly kc: number;
  /** Rows of A that are packed at a time: a multiple of mr. */
  readonly mc: number;
  /** Columns of B that are packed at a time: a multiple of the tile's columns. */
  readonly nc: number;
}

/** Columns of the tile of sums. */
export function tileColumns(type: ComputeType, { vectors }: Pick<GemmParams, "vectors">): number {
  return vectors * arithmetics[type].lanes;
}

/**
 * Tiles for the sixteen vector registers of x86. Fused, 4×2 vectors: eight sums, two vectors of B and
 * a number of A, and 51 of 51.6 GFLOP/s on Zen 3 with V8 11 to 13. With separate multiply-adds the
 * processor's width decides, not its multipliers: 5×2 load 0.7 times per multiply-add where 4×2 load
 * 0.75 times, and reach 45 (V8 11), 46 (V8 12), 47 (V8 13). The tile's rows of A and columns of B,
 * kc steps of each, take 24 KiB (26 KiB) of the first-level cache (f64: 16 KiB), a block of A
 * 240 KiB of the second.
 */
export function defaultParams(type: ComputeType, fused: boolean): GemmParams {
  const kc = type === "f64" ? 256 : 512;
  const isFused = fused && type !== "i32";
  const tile = isFused ? { mr: 4, parts: 1 } : { mr: 5, parts: 3 };
  return { ...tile, vectors: 2, unroll: 8, fused: isFused, kc, mc: 120, nc: 1024 };
}

/** Throws `ARGUMENT` for sizes that no loop could run with, and for names that are none of a size. */
export function checkParams(type: ComputeType, { fused: _, ...sizes }: GemmParams): void {
  const { mr, unroll } = sizes;
  const limits = {
    mr: [16],
    vectors: [8],
    unroll: [16],
    parts: [16],
    kc: [4096, unroll],
    mc: [1024, mr],
    nc: [4096, tileColumns(type, sizes)],
  } as const;
  const names = Object.keys(limits) as (keyof typeof limits)[];
  checkNames("a size", sizes, names);
  for (const name of names) {
    const [most, unit = 1] = limits[name];
    checkNumber(name, sizes[name], unit, most, unit);
  }
}
