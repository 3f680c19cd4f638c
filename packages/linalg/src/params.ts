/**
 * Where recursion ends. Below these sizes a leaf works on the host, element by element, at about
 * one multiply-add a nanosecond; above them everything is products of the backend.
 *
 * Near: the backend's memory is the host's. A product of two 8-wide panels already runs faster than
 * the host's loops and costs 2 to 3 µs to start, so leaves are small.
 * Far: a leaf is a round trip of about a millisecond, so leaves are large and few.
 */
export interface LeafSizes {
  /** Columns of an LU or QR panel: the host does rows·columns² multiply-adds in each. */
  readonly panel: number;
  /**
   * Edge of a diagonal block that is factorised or inverted on the host: size³/3 multiply-adds and
   * size² elements of its inverse.
   */
  readonly diagonal: number;
  /**
   * Columns whose reflections are applied together: products as deep as this run near full speed,
   * and the work on T, a share of about columns/n, stays small.
   */
  readonly reflectors: number;
}

/** Leaves in memory that the host shares. */
export const near: LeafSizes = { panel: 8, diagonal: 32, reflectors: 64 };

/** Leaves that are read from a device and written back. */
export const far: LeafSizes = { panel: 64, diagonal: 64, reflectors: 128 };

/**
 * Skeel's condition number of a diagonal block above which a solution by its inverse is refined.
 * The residual of the plain one is this many times roundoff at worst; LAPACK's bound for a stable
 * solution is 30·n times. Refining takes two more products of a block.
 */
export const refineAbove = 32;

/**
 * Rows of a symmetric update below which both triangles are computed: a smaller product would take
 * as long as the half that it saves.
 */
export const wholeUpdate = 64;

/**
 * Reflectors that a reduction gathers before it updates the rest of the matrix by one product. Each
 * column's share of the panel is matrix-vector work, which grows with it; the product gets faster.
 */
export const reductionPanel = 32;

/** Reflectors that are applied to vectors at a time: products of this inner size run at full speed. */
export const reflectorBlock = 64;

/** Columns of a QR panel, in which the host does 2·rows·columns² multiply-adds. */
export const triangularPanel = 16;

/** From how many rows per column on a matrix is made square by QR before it is made bidiagonal. */
export const tallAspect = 1.6;

/**
 * Multiply-adds up to which plain loops take no longer than the call of a backend: a few
 * microseconds.
 */
export const fewMultiplyAdds = 4096;
