/**
 * Philox4x32-10: four 32-bit words from a counter of four and a key of two (Salmon, Moraes, Dror
 * & Shaw, *Parallel random numbers: as easy as 1, 2, 3*, SC 2011). Writes them to `out` from
 * `position`, as the reference implementation Random123 does.
 */
export function philox(
  out: Uint32Array,
  position: number,
  counter: readonly [number, number, number, number],
  key: readonly [number, number],
): void {
  let [c0, c1, c2, c3] = counter;
  let [k0, k1] = key;
  for (let round = 0; round < 10; round++) {
    const high0 = highProduct(0xd2511f53, c0);
    const low0 = Math.imul(0xd2511f53, c0);
    const high1 = highProduct(0xcd9e8d57, c2);
    const low1 = Math.imul(0xcd9e8d57, c2);
    c0 = high1 ^ c1 ^ k0;
    c1 = low1;
    c2 = high0 ^ c3 ^ k1;
    c3 = low0;
    k0 = (k0 + 0x9e3779b9) | 0;
    k1 = (k1 + 0xbb67ae85) | 0;
  }
  out[position] = c0;
  out[position + 1] = c1;
  out[position + 2] = c2;
  out[position + 3] = c3;
}

/** The upper 32 bits of the product of two unsigned words. */
function highProduct(x: number, y: number): number {
  const xLow = x & 0xffff;
  const xHigh = x >>> 16;
  const yLow = y & 0xffff;
  const yHigh = y >>> 16;
  const lowHigh = xLow * yHigh;
  const highLow = xHigh * yLow;
  // Each product is below 2³², so that every sum is exact.
  const middle = ((xLow * yLow) / 65536 + (lowHigh % 65536) + (highLow % 65536)) >>> 16;
  return (xHigh * yHigh + (lowHigh - (lowHigh % 65536)) / 65536 + (highLow >>> 16) + middle) | 0;
}
