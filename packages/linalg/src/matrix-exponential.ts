import {
  add,
  BlkError,
  BlockMatrix,
  checkFloatingPoint,
  expr,
  isBlkError,
  map,
  matmul,
  reduce,
  scale,
  sub,
  unitRoundoff,
} from "@blk/core";
import { lu } from "./lu.js";
import { matrixNorm } from "./norms.js";
import { checkSquare } from "./operands.js";
import { checkAllFinite, snapshot } from "./snapshot.js";

/**
 * e^A of a square matrix, by scaling and squaring: `(r(A/2ˢ))^(2ˢ)` with a Padé approximant r, whose
 * degree and s are chosen by norms of powers of A, so that matrices far from normal are not scaled more
 * than they need.
 *
 * Rejects with `SHAPE`, `ARGUMENT` (an element is not finite, or the result leaves the range of the
 * element type), `DTYPE`, `DISPOSED`. Source: Al-Mohy and Higham, "A new scaling and squaring
 * algorithm for the matrix exponential", SIAM J. Matrix Anal. Appl. 31 (2009), algorithm 3.1 with the
 * norms of powers computed, not estimated: they are products.
 *
 * ```ts
 * using rotation = await matrixExponential(skew);
 * ```
 */
export async function matrixExponential(a: BlockMatrix): Promise<BlockMatrix> {
  const operation = "matrixExponential";
  checkFloatingPoint(operation, a);
  checkSquare(operation, a);
  const name = String(a);
  using held = snapshot(operation, a);
  await checkAllFinite(operation, held, name);
  try {
    return await scaleAndSquare(operation, held);
  } catch (error) {
    if (!isBlkError(error, "ARGUMENT")) throw error;
    throw new BlkError(
      "ARGUMENT",
      `${operation}: the exponential of ${name} leaves the range of ${held.dtype}; scale it down`,
      { cause: error },
    );
  }
}

/** Rejects with `ARGUMENT` if the result is not finite. */
async function scaleAndSquare(operation: string, a: BlockMatrix): Promise<BlockMatrix> {
  using powers = new Powers(a);
  const { degree, squarings } = await choose(powers);
  using scaled = new Powers(scale(a, 2 ** -squarings), true);
  let x = await pade(scaled, degree);
  try {
    for (let i = 0; i < squarings; i++) {
      const square = matmul(x, x);
      x.dispose();
      x = square;
    }
    await checkAllFinite(operation, x);
    return x;
  } catch (error) {
    x.dispose();
    throw error;
  }
}

/** Even powers of a matrix, made when they are first needed. */
class Powers implements Disposable {
  readonly base: BlockMatrix;
  private readonly ownsBase: boolean;
  private readonly made = new Map<number, BlockMatrix>();

  constructor(base: BlockMatrix, ownsBase = false) {
    this.base = base;
    this.ownsBase = ownsBase;
  }

  /** Of an even exponent. */
  power(exponent: number): BlockMatrix {
    const found = this.made.get(exponent);
    if (found !== undefined) return found;
    const half = exponent % 4 === 0 ? exponent / 2 : exponent / 2 + 1;
    const power =
      exponent === 2
        ? matmul(this.base, this.base)
        : matmul(this.power(half), this.power(exponent - half));
    this.made.set(exponent, power);
    return power;
  }

  /** ‖A^p‖₁^(1/p), at least the spectral radius, at most ‖A‖₁. */
  async root(exponent: number): Promise<number> {
    // Of (await x) ** y, Turbopack drops the parentheses, and then refuses its own output.
    const norm = await norm1(this.power(exponent));
    return norm ** (1 / exponent);
  }

  [Symbol.dispose](): void {
    for (const power of this.made.values()) power.dispose();
    if (this.ownsBase) this.base.dispose();
  }
}

/** Up to which size of A the approximant of each degree is accurate to double precision. */
const theta: readonly (readonly [degree: 3 | 5 | 7 | 9, bound: number])[] = [
  [3, 1.495585217958292e-2],
  [5, 2.53939833006323e-1],
  [7, 9.504178996162932e-1],
  [9, 2.097847961257068],
];
const theta13 = 4.25;

async function choose(
  powers: Powers,
): Promise<{ readonly degree: 3 | 5 | 7 | 9 | 13; readonly squarings: number }> {
  for (const [degree, bound] of theta) {
    const roots = degree <= 5 ? [4, 6] : [6, 8];
    const sizes = await Promise.all(roots.map((exponent) => powers.root(exponent)));
    // Powers that overflowed are infinite or NaN.
    if (!(Math.max(...sizes) <= bound)) continue;
    if ((await furtherSquarings(powers.base, 0, degree)) === 0) return { degree, squarings: 0 };
  }
  const [d6, d8, d10] = [await powers.root(6), await powers.root(8), await powers.root(10)];
  const size = Math.min(Math.max(d6, d8), Math.max(d8, d10));
  // A norm that overflowed says nothing, and that of A may do so too: its elements are within range.
  const magnitude = Number.isFinite(size) ? Math.log2(size) : await logNormBound(powers.base);
  const first = Math.max(0, Math.ceil(magnitude - Math.log2(theta13)));
  return { degree: 13, squarings: first + (await furtherSquarings(powers.base, first, 13)) };
}

/** ℓ_m of the source: squarings more, so that rounding in the powers of |A|/2ˢ is of no account. */
async function furtherSquarings(
  a: BlockMatrix,
  squarings: number,
  degree: number,
): Promise<number> {
  const { backend, rows: n, dtype } = a;
  if (n === 0) return 0;
  using magnitudes = map(a, (x) => expr.mul(expr.abs(x), 2 ** -squarings));
  // ‖ |A|^p ‖₁ is the largest element of |A|ᵀ applied p times to ones, in steps that cannot overflow.
  let vector = BlockMatrix.full(backend, 1, { rows: n, cols: 1, dtype });
  let logOfNorm = 0;
  for (let i = 0; i < 2 * degree + 1; i++) {
    using next = matmul(magnitudes, vector, { transposeA: true });
    vector.dispose();
    using most = reduce(next, { op: "max" });
    const size = await most.toNumber();
    logOfNorm += Math.log2(size);
    vector = scale(next, size > 0 ? 1 / size : 0);
  }
  vector.dispose();
  const excess = logOfNorm - Math.log2(await norm1(magnitudes)) + Math.log2(errorTerm(degree));
  const needed = Math.ceil((excess - Math.log2(unitRoundoff(dtype))) / (2 * degree));
  return Number.isFinite(needed) ? Math.max(0, needed) : 0;
}

/** The first coefficient of the backward error of degree m: 1/(C(2m, m)·(2m + 1)!). */
function errorTerm(degree: number): number {
  let term = 1 / (2 * degree + 1);
  for (let i = 1; i <= degree; i++) term /= (degree + i) / i;
  for (let i = 2; i <= 2 * degree; i++) term /= i;
  return term;
}

/** `(V − U)⁻¹·(V + U)`, U odd and V even in A: the diagonal Padé approximant of a degree. */
async function pade(powers: Powers, degree: 3 | 5 | 7 | 9 | 13): Promise<BlockMatrix> {
  const c = coefficients(degree);
  using odd = degree === 13 ? highOdd(powers, c) : combine(powers, c, 1, degree);
  using u = matmul(powers.base, odd);
  using v = degree === 13 ? highEven(powers, c) : combine(powers, c, 0, degree - 1);
  using denominator = sub(v, u);
  using numerator = add(v, u);
  using factors = await lu(denominator);
  return factors.solve(numerator);
}

/** `Σ c_{i}·A^{i − first}` over i = first, first + 2, …, last. */
function combine(powers: Powers, c: readonly number[], first: number, last: number): BlockMatrix {
  const { backend, rows, dtype } = powers.base;
  using one = BlockMatrix.identity(backend, rows, { dtype });
  let sum = scale(one, c[first] as number);
  for (let i = first + 2; i <= last; i += 2) {
    const next = map([sum, powers.power(i - first)], (s, x) =>
      expr.add(s, expr.mul(x, c[i] as number)),
    );
    sum.dispose();
    sum = next;
  }
  return sum;
}

/** The odd part of degree 13 over A, with A⁶ taken out of the highest terms. */
function highOdd(powers: Powers, c: readonly number[]): BlockMatrix {
  return high(powers, combine(powers, c, 1, 7), [c[9], c[11], c[13]] as number[]);
}

function highEven(powers: Powers, c: readonly number[]): BlockMatrix {
  return high(powers, combine(powers, c, 0, 6), [c[8], c[10], c[12]] as number[]);
}

/** `low + A⁶·(c₂·A² + c₄·A⁴ + c₆·A⁶)`. Consumes `low`. */
function high(powers: Powers, low: BlockMatrix, [c2, c4, c6]: readonly number[]): BlockMatrix {
  const operands = [powers.power(2), powers.power(4), powers.power(6)];
  using inner = map(operands, (x, y, z) =>
    expr.add(
      expr.add(expr.mul(x, c2 as number), expr.mul(y, c4 as number)),
      expr.mul(z, c6 as number),
    ),
  );
  return matmul(powers.power(6), inner, { beta: 1, out: low });
}

/** Of the Padé numerator, divided by the last of them: `(2m − i)!·m! / ((2m)!·(m − i)!·i!)`. */
function coefficients(degree: number): readonly number[] {
  const c = [1];
  for (let i = 1; i <= degree; i++) {
    c.push(((c[i - 1] as number) * (degree - i + 1)) / ((2 * degree - i + 1) * i));
  }
  return c;
}

/** log₂ of n times the largest element, at least that of the 1-norm. */
async function logNormBound(a: BlockMatrix): Promise<number> {
  using largest = matrixNorm(a, "largest");
  return Math.log2(await largest.toNumber()) + Math.log2(a.rows);
}

async function norm1(a: BlockMatrix): Promise<number> {
  using norm = matrixNorm(a, "one");
  return norm.toNumber();
}
