import { BlkError } from "@blk/core";

/**
 * Sizes into which the loops of a product and of an elementwise expression are cut. They change
 * the time and the memory a call takes, never its result: every element is summed in the plain
 * order whatever the cuts are.
 */
export interface Params {
  /**
   * Rows of C per packed panel of A: the loop nearest to the micro-kernel. A multiple of 4 that
   * bounds the accumulator, `mc·nc` doubles, and the packed A, `mc·kc` doubles, which should
   * stay in the second-level cache while one panel of B after the other passes by.
   */
  readonly mc: number;
  /**
   * Columns of C per packed block of B, a multiple of 4. The packed B takes `kc·nc` doubles, and
   * A is packed anew for each of these blocks.
   */
  readonly nc: number;
  /**
   * Steps of the sum per packing. A panel of B of four columns, `4·kc` doubles, should stay in
   * the first-level cache while all panels of A pass by.
   */
  readonly kc: number;
  /**
   * Elements per step of an elementwise expression, a multiple of 4: each intermediate result takes `chunk`
   * doubles, and all that are alive at once should stay in the first-level cache.
   */
  readonly chunk: number;
}

/** Rows and columns of C that the micro-kernel holds in registers; fixed by its source text. */
export const tile = 4;

/**
 * Up to so many rows or columns of C, each is a matrix-vector product of its own: packing a matrix
 * costs as much as reading it three times.
 */
export const mostVectors = 3;

/** 512 KiB of packed A, 512 KiB of packed B, 512 KiB of sums; 8 KiB per panel; 4 KiB per step. */
const defaultParams: Params = { mc: 256, nc: 256, kc: 256, chunk: 512 };

/** The given sizes with defaults for the others. Throws `ARGUMENT` where a loop could not run. */
export function completeParams(given: Partial<Params> = {}): Params {
  const params = { ...defaultParams, ...given };
  const units = { mc: tile, nc: tile, kc: 1, chunk: 4 };
  for (const name of Object.keys(units) as (keyof Params)[]) {
    const value = params[name];
    if (!Number.isInteger(value) || value < units[name] || value % units[name] !== 0) {
      throw new BlkError(
        "ARGUMENT",
        `js: ${name} must be a positive multiple of ${units[name]}, got ${value}; leave it out for ${defaultParams[name]}`,
        { details: { name, value } },
      );
    }
  }
  // An expression may have a hundred steps.
  const elements = Math.max(
    params.mc * params.nc,
    params.mc * params.kc,
    params.kc * params.nc,
    params.chunk * 128,
  );
  if (elements > 2 ** 27) {
    throw new BlkError(
      "ARGUMENT",
      `js: mc ${params.mc}, nc ${params.nc}, kc ${params.kc} and chunk ${params.chunk} imply scratch of ${elements} elements; the most is ${2 ** 27} (1 GiB); choose smaller ones`,
      { details: { elements } },
    );
  }
  return params;
}
