/**
 * How products are described to the gemm kernels: i32 words, by their offsets in bytes. Strides are
 * bytes too.
 */

/** One rectangle of the result of a product. The windows of its finishing follow, see `finish`. */
export const itemLayout = {
  rows: 0,
  cols: 4,
  /** Where the rectangle begins in the product: its first row of A, its first column of B. */
  row: 8,
  col: 12,
  /** Where the sums are made: in the result itself, or 0 for scratch memory. */
  sums: 16,
  sumsRow: 20,
  terms: 24,
  termCount: 28,
  /**
   * Not 0: the terms are short, and packed side by side until a slice of k is full. Their rows then
   * are at most mc, their k at most kc, and neither A nor B is used in place.
   */
  joined: 32,
  /**
   * Columns and steps of k that are taken at a time: nc and kc of the params, or more where no
   * factor is packed and rows of B are to be read in long stretches.
   */
  colStep: 36,
  kStep: 40,
  size: 44,
} as const;

/** One term A·B of a product. */
export const termLayout = {
  a: 0,
  aRow: 4,
  aCol: 8,
  b: 12,
  bRow: 16,
  bCol: 20,
  k: 24,
  /** Which of the kernel's sources A and B are if they are packed, or how they are used in place. */
  sourceA: 28,
  sourceB: 32,
  /** An i32 column of rows of A by index, its stride and the number of rows of A; or 0. */
  indices: 36,
  indexStep: 40,
  limit: 44,
  size: 48,
} as const;

/** For A or B, in place of a source: rows of adjacent numbers, used by the micro-kernel where they lie. */
export const inPlace = -1;
/**
 * For B, in place of a source: packed by `kernels/prepack.ts` with this kernel's kc and columns of
 * the tile. `b` is where that begins, `bRow` how far a step of k takes, `bCol` 0. Items and `colStep`
 * then begin at whole panels, and `kStep` is kc.
 */
export const prepacked = -2;
/** For B, in place of a source: each row of A is multiplied as a vector with the rows of B … */
export const usedByRows = -3;
/** … or with its columns, whose numbers are adjacent. */
export const usedByColumns = -4;
