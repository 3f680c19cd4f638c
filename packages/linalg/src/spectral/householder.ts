/** Squares of elements below this may vanish: beside a matrix of elements about 1 they are nothing. */
const negligibleSquare = 2 ** -900;

/**
 * The Householder reflector H = I − τ·v·vᵀ, v₁ = 1, that takes x = `data[start … start + size]` to a
 * multiple of its first unit vector. Writes v over x, returns that multiple and τ (0 where x is one
 * already): LAPACK's dlarfg.
 */
export function reflector(
  data: Float64Array,
  start: number,
  size: number,
): { readonly image: number; readonly tau: number } {
  const end = start + size;
  let squares = 0;
  for (let i = start + 1; i < end; i++) squares += data[i]! * data[i]!;
  const first = data[start]!;
  data[start] = 1;
  if (squares < negligibleSquare) {
    data.fill(0, start + 1, end);
    return { image: first, tau: 0 };
  }
  const length = Math.sqrt(first * first + squares);
  const image = first > 0 ? -length : length;
  const factor = 1 / (first - image);
  for (let i = start + 1; i < end; i++) data[i]! *= factor;
  return { image, tau: (image - first) / image };
}

/** x·y of stretches of two arrays, in two sums. */
export function dot(
  x: Float64Array,
  xStart: number,
  y: Float64Array,
  yStart: number,
  size: number,
): number {
  let even = 0;
  let odd = 0;
  let i = 0;
  for (; i + 1 < size; i += 2) {
    even += x[xStart + i]! * y[yStart + i]!;
    odd += x[xStart + i + 1]! * y[yStart + i + 1]!;
  }
  if (i < size) even += x[xStart + i]! * y[yStart + i]!;
  return even + odd;
}
