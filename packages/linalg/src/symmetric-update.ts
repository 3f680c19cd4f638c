import { type Backend, type MatrixView, type Product, transposeView, windowView } from "@blk/core";
import { wholeUpdate } from "./params.js";
import { rowsOf } from "./views.js";

/**
 * The lower triangle of `c ← c − a·aᵀ` (or `c − a·bᵀ`, where that is symmetric). Above the diagonal,
 * only square blocks of up to `wholeUpdate` rows around it are touched: half of the work of a product.
 */
export function symmetricUpdate(
  backend: Backend,
  c: MatrixView,
  a: MatrixView,
  b: MatrixView = a,
): void {
  const products: Product[] = [];
  const collect = (from: number, to: number): void => {
    const size = to - from;
    const columns = transposeView(rowsOf(b, from, to));
    if (size <= wholeUpdate) {
      products.push(term(windowView(c, from, from, size, size), rowsOf(a, from, to), columns));
      return;
    }
    const middle = from + Math.ceil(size / 2);
    collect(from, middle);
    const left = transposeView(rowsOf(b, from, middle));
    products.push(
      term(windowView(c, middle, from, to - middle, middle - from), rowsOf(a, middle, to), left),
    );
    collect(middle, to);
  };
  if (c.rows > 0 && a.cols > 0) collect(0, c.rows);
  if (products.length > 0) backend.multiply(products, { alpha: -1, beta: 1 });
}

function term(c: MatrixView, a: MatrixView, b: MatrixView): Product {
  return { c, terms: [{ a, b }] };
}
