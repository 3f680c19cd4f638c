/** Ratios of what factorisations give. */
import type { DType } from "@blk/core";
import type { LU, PivotedQR, QR } from "../src/index.js";
import { toHost } from "./backends.js";
import { colsInOrder, type HostMatrix, multiply, rowsInOrder } from "./matrices.js";
import { factorRatio, orthogonalityRatio } from "./ratios.js";

/** How far L·U is from P·A. */
export async function luRatio(a: HostMatrix, factors: LU, dtype: DType): Promise<number> {
  using l = factors.lower();
  using u = factors.upper();
  const product = multiply(await toHost(l), await toHost(u));
  return factorRatio(rowsInOrder(a, factors.permutation), product, dtype);
}

/** How far Q·R is from A, or A·P, and Q's columns from orthonormal; the larger ratio. */
export async function qrRatio(
  a: HostMatrix,
  factors: QR | PivotedQR,
  dtype: DType,
): Promise<number> {
  using thin = factors.q();
  using upper = factors.r();
  const [q, r] = [await toHost(thin), await toHost(upper)];
  const columns = "permutation" in factors ? colsInOrder(a, factors.permutation) : a;
  return Math.max(factorRatio(columns, multiply(q, r), dtype), orthogonalityRatio(q, dtype));
}
