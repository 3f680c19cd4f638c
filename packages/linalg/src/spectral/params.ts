/**
 * Reflectors that a reduction gathers before it updates the rest of the matrix by one product. Each
 * column's share of the panel is matrix-vector work, which grows with it; the product gets faster.
 */
export const reductionPanel = 32;

/** Reflectors that are applied to vectors at a time: products of this inner size run at full speed. */
export const reflectorBlock = 64;
