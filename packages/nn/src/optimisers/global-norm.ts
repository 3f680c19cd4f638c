import { type BlockMatrix, type Expr, expr, map, reduce, scope } from "@blk/core";
import type { Variable } from "../variable.js";

/** √Σx² over all elements of all gradients, 1×1: the norm that clipping by norm compares. */
export function globalNorm(gradients: readonly Variable[]): BlockMatrix {
  return scope(() => map(squares(gradients), (...parts) => expr.sqrt(total(parts))));
}

/** min(1, most/norm), 1×1 (Pascanu, Mikolov & Bengio 2013); NaN where the norm is. */
export function clipFactor(gradients: readonly Variable[], most: number): BlockMatrix {
  return scope(() =>
    map(squares(gradients), (...parts) => {
      const norm = expr.sqrt(total(parts));
      return expr.select(expr.less(norm, most), 1, expr.div(most, norm));
    }),
  );
}

function squares(gradients: readonly Variable[]): readonly BlockMatrix[] {
  return gradients.map(({ value }) =>
    reduce(value, { op: "sum", absent: "skip", expr: (x) => expr.mul(x, x) }),
  );
}

function total(parts: readonly Expr[]): Expr {
  return parts.reduce((x, y) => expr.add(x, y));
}
