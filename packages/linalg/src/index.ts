/** @blk/linalg: factorisations, solvers, eigenvalues and singular values by blocks, on `@blk/core`. */
export { type Cholesky, cholesky } from "./cholesky.js";
export type { Factorisation, Solver } from "./factorisation.js";
export { type LU, lu } from "./lu.js";
export { type QR, qr } from "./qr.js";
export { solveTriangular, type TriangularOptions } from "./solve-triangular.js";
