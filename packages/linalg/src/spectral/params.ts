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
