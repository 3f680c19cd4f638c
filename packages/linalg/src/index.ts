/** @blk/linalg: factorisations, solvers, eigenvalues and singular values by blocks, on `@blk/core`. */
export {};
