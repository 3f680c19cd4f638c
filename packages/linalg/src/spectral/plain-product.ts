import { type DeviceBuffer, type MatrixView, type Product, transposeView } from "@blk/core";

/**
 * `c ← alpha · Σ a·b + beta · c` by plain loops, on doubles: for products so small that a call of a
 * backend would take longer, and where no backend can reach the memory.
 */
export function plainProduct(
  { c, terms }: Product,
  { alpha = 1, beta = 0 }: { readonly alpha?: number; readonly beta?: number },
  elementsOf: (buffer: DeviceBuffer) => Float64Array,
): void {
  const target = elementsOf(c.buffer);
  scale(target, c, beta);
  for (const { a, b } of terms) {
    const left = elementsOf(a.buffer);
    const right = elementsOf(b.buffer);
    // Whichever of c's directions has adjacent elements is the inner loop, if b has them there too.
    if (c.colStride === 1 && b.colStride === 1 && c.cols > 1) {
      addRows(target, c, left, a, right, b, alpha);
    } else if (c.rows >= c.cols) {
      addDots(target, c, left, a, right, b, alpha);
    } else {
      addDots(target, transposeView(c), right, transposeView(b), left, transposeView(a), alpha);
    }
  }
}

function scale(target: Float64Array, c: MatrixView, beta: number): void {
  if (beta === 1) return;
  for (let i = 0; i < c.rows; i++) {
    let at = c.offset + i * c.rowStride;
    for (let j = 0; j < c.cols; j++, at += c.colStride) {
      target[at] = beta === 0 ? 0 : beta * target[at]!;
    }
  }
}

/** Each row of c gains multiples of rows of b, four at a time. */
function addRows(
  target: Float64Array,
  c: MatrixView,
  left: Float64Array,
  a: MatrixView,
  right: Float64Array,
  b: MatrixView,
  alpha: number,
): void {
  const { cols } = c;
  const { rowStride } = b;
  for (let i = 0; i < c.rows; i++) {
    const row = c.offset + i * c.rowStride;
    let at = a.offset + i * a.rowStride;
    const factor = (): number => {
      const value = alpha * left[at]!;
      at += a.colStride;
      return value;
    };
    let p = b.offset;
    let k = 0;
    for (; k + 3 < a.cols; k += 4, p += 4 * rowStride) {
      const [f, g, h, l] = [factor(), factor(), factor(), factor()];
      const [q, r, s] = [p + rowStride, p + 2 * rowStride, p + 3 * rowStride];
      for (let j = 0; j < cols; j++) {
        target[row + j]! +=
          f * right[p + j]! + g * right[q + j]! + h * right[r + j]! + l * right[s + j]!;
      }
    }
    for (; k < a.cols; k++, p += rowStride) {
      const f = factor();
      for (let j = 0; j < cols; j++) target[row + j]! += f * right[p + j]!;
    }
  }
}

/** Each element of c gains the product of a row of a with a column of b, four rows at a time. */
function addDots(
  target: Float64Array,
  c: MatrixView,
  left: Float64Array,
  a: MatrixView,
  right: Float64Array,
  b: MatrixView,
  alpha: number,
): void {
  const { colStride, rowStride } = a;
  for (let j = 0; j < c.cols; j++) {
    const start = b.offset + j * b.colStride;
    let out = c.offset + j * c.colStride;
    let i = 0;
    for (; i + 3 < c.rows; i += 4) {
      let p = a.offset + i * rowStride;
      let q = start;
      let [x, y, z, w] = [0, 0, 0, 0];
      for (let k = 0; k < a.cols; k++, p += colStride, q += b.rowStride) {
        const value = right[q]!;
        x += left[p]! * value;
        y += left[p + rowStride]! * value;
        z += left[p + 2 * rowStride]! * value;
        w += left[p + 3 * rowStride]! * value;
      }
      for (const sum of [x, y, z, w]) {
        target[out]! += alpha * sum;
        out += c.rowStride;
      }
    }
    for (; i < c.rows; i++, out += c.rowStride) {
      let p = a.offset + i * rowStride;
      let q = start;
      let sum = 0;
      for (let k = 0; k < a.cols; k++, p += colStride, q += b.rowStride) {
        sum += left[p]! * right[q]!;
      }
      target[out]! += alpha * sum;
    }
  }
}
