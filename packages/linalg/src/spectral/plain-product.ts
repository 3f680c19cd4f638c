import type { DeviceBuffer, MatrixView, Product } from "@blk/core";

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
    } else {
      addDots(target, c, left, a, right, b, alpha);
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

/** Each row of c gains multiples of rows of b. */
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
  for (let i = 0; i < c.rows; i++) {
    const row = c.offset + i * c.rowStride;
    for (let k = 0; k < a.cols; k++) {
      const factor = alpha * left[a.offset + i * a.rowStride + k * a.colStride]!;
      const source = b.offset + k * b.rowStride;
      for (let j = 0; j < cols; j++) target[row + j]! += factor * right[source + j]!;
    }
  }
}

/** Each element of c gains the product of a row of a with a column of b. */
function addDots(
  target: Float64Array,
  c: MatrixView,
  left: Float64Array,
  a: MatrixView,
  right: Float64Array,
  b: MatrixView,
  alpha: number,
): void {
  for (let i = 0; i < c.rows; i++) {
    for (let j = 0; j < c.cols; j++) {
      let p = a.offset + i * a.rowStride;
      let q = b.offset + j * b.colStride;
      let sum = 0;
      for (let k = 0; k < a.cols; k++, p += a.colStride, q += b.rowStride) {
        sum += left[p]! * right[q]!;
      }
      target[c.offset + i * c.rowStride + j * c.colStride]! += alpha * sum;
    }
  }
}
