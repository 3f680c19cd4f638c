import type { NumberArray } from "@blk/core";
import { Random } from "./random.js";

/** C = relu?( op(A)·op(B) + bias ) of one product, with its inputs on the host. */
export interface ProductOnHost {
  readonly m: number;
  readonly n: number;
  readonly k: number;
  readonly transposeA: boolean;
  readonly transposeB: boolean;
  readonly a: NumberArray;
  readonly b: NumberArray;
  readonly bias?: NumberArray | undefined;
  readonly relu?: boolean | undefined;
}

/** Unit roundoffs of the types that are timed. */
export const roundoff: Readonly<Record<"f32" | "f64", number>> = { f32: 2 ** -24, f64: 2 ** -53 };

/**
 * Whether `c` is the product, in O(n²) (Freivalds 1977): C·x is compared with A·(B·x) for a vector
 * x of random numbers, none of them small. An activation is not linear: there, some rows are
 * computed in full. Returns what is wrong, or `undefined`.
 *
 * The inputs are random, so that the roundings of a sum of k terms t add up like a random walk, to
 * about u·√k·√(Σ t²) (Higham & Mary 2019). The guaranteed bound, k·u·Σ|t|, would let pass a wrong
 * element of a large product.
 */
export function checkProduct(
  p: ProductOnHost,
  c: NumberArray,
  dtype: "f32" | "f64",
): string | undefined {
  const { m, n } = p;
  if (c.length !== m * n) return `the result has ${c.length} elements instead of ${m * n}`;
  const own = roundoff.f64 * Math.sqrt(p.k + n);
  const gamma = margin * (roundoff[dtype] * Math.sqrt(p.k + 1) + own);
  return p.relu ? checkRows(p, c, gamma) : checkProjection(p, c, gamma);
}

/** How far beyond the expected roundings a result still passes. */
export const margin = 16;

function checkProjection(p: ProductOnHost, c: NumberArray, gamma: number): string | undefined {
  const { m, n, k } = p;
  const random = new Random("projection");
  // Of different sizes too: with ±1, equal errors in all columns would cancel.
  const x = random.values("f64", n).map((value) => value + Math.sign(value) / 2);
  const bx = new Float64Array(k);
  const squares = new Float64Array(k);
  for (let l = 0; l < k; l++) {
    for (let j = 0; j < n; j++) {
      const term = elementB(p, l, j) * (x[j] as number);
      bx[l] = (bx[l] as number) + term;
      squares[l] = (squares[l] as number) + term * term;
    }
  }
  for (let i = 0; i < m; i++) {
    let expected = 0;
    let square = 0;
    for (let l = 0; l < k; l++) {
      const value = elementA(p, i, l);
      expected += value * (bx[l] as number);
      square += value * value * (squares[l] as number);
    }
    let got = 0;
    for (let j = 0; j < n; j++) {
      const bias = (p.bias?.[j] ?? 0) * (x[j] as number);
      expected += bias;
      square += bias * bias;
      got += (c[i * n + j] as number) * (x[j] as number);
    }
    if (!(Math.abs(got - expected) <= gamma * Math.sqrt(square))) {
      return `row ${i} of the product, projected on a random vector, gives ${got} instead of ${expected}`;
    }
  }
  return undefined;
}

function checkRows(p: ProductOnHost, c: NumberArray, gamma: number): string | undefined {
  for (const i of new Random("rows").order(p.m).slice(0, 6)) {
    for (let j = 0; j < p.n; j++) {
      let expected = p.bias?.[j] ?? 0;
      let square = expected * expected;
      for (let l = 0; l < p.k; l++) {
        const term = elementA(p, i, l) * elementB(p, l, j);
        expected += term;
        square += term * term;
      }
      const got = c[i * p.n + j] as number;
      if (!(Math.abs(got - Math.max(expected, 0)) <= gamma * Math.sqrt(square))) {
        return `element (${i}, ${j}) is ${got} instead of ${Math.max(expected, 0)}`;
      }
    }
  }
  return undefined;
}

function elementA({ m, k, a, transposeA }: ProductOnHost, i: number, l: number): number {
  return a[transposeA ? l * m + i : i * k + l] as number;
}

function elementB({ n, k, b, transposeB }: ProductOnHost, l: number, j: number): number {
  return b[transposeB ? j * k + l : l * n + j] as number;
}

/** Whether each element is within `tolerance(i)` of what is expected. */
export function checkElements(
  got: NumberArray,
  length: number,
  expected: (i: number) => number,
  tolerance: (i: number) => number,
): string | undefined {
  if (got.length !== length) return `the result has ${got.length} elements instead of ${length}`;
  for (let i = 0; i < length; i++) {
    if (!(Math.abs((got[i] as number) - expected(i)) <= tolerance(i))) {
      return `element ${i} is ${got[i]} instead of ${expected(i)}`;
    }
  }
  return undefined;
}
