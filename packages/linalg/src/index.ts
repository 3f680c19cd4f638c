/** @blk/linalg: factorisations, solvers, eigenvalues and singular values by blocks, on `@blk/core`. */

export { inverseByBlocks, schurComplement } from "./block-elimination.js";
export { type Cholesky, cholesky } from "./cholesky.js";
export { conditionEstimate } from "./condition.js";
export { eigenvalues } from "./eigenvalues.js";
export type { Factorisation, Solver } from "./factorisation.js";
export {
  choleskyRule,
  type GradientRule,
  inverseRule,
  logDeterminantRule,
  solveRule,
} from "./gradients.js";
export { type LDLT, ldlt } from "./ldlt.js";
export { type LeastSquaresOptions, leastSquares } from "./least-squares.js";
export { type LU, lu } from "./lu.js";
export { matrixExponential } from "./matrix-exponential.js";
export { minimumNorm } from "./minimum-norm.js";
export { type MatrixNorm, matrixNorm } from "./norms.js";
export { type PivotedQR, type PivotedQROptions, qrWithPivoting } from "./pivoted-qr.js";
export { type PolarDecomposition, polar } from "./polar.js";
export { pseudoInverse } from "./pseudo-inverse.js";
export { type QR, qr } from "./qr.js";
export { rank } from "./rank.js";
export type { RankOptions } from "./rank-options.js";
export { type RidgePath, ridge, ridgePath } from "./ridge.js";
export type { SingularValueDecomposition } from "./singular-value-decomposition.js";
export { determinant, inverse, logDeterminant, solve, solvePositiveDefinite } from "./solve.js";
export { type Bandwidths, solveBanded } from "./solve-banded.js";
export { solveBlockDiagonal, solveBlockTriangular, solveBlockTridiagonal } from "./solve-blocks.js";
export { solveTriangular, type TriangularOptions } from "./solve-triangular.js";
export { type GradientRuleOfMany, svdRule, symmetricEigenRule } from "./spectral-gradients.js";
export { type SvdOptions, singularValues, svd } from "./svd.js";
export { type SymmetricEigen, symmetricEigen, symmetricEigenvalues } from "./symmetric-eigen.js";
export { type TruncatedSvdOptions, truncatedSvd } from "./truncated-svd.js";
