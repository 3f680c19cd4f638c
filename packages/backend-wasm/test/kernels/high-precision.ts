/**
 * Elementary functions of doubles to more than 150 binary digits, in whole numbers: what kernels
 * are compared with. Fixed-point numbers x are bigints x·2^256.
 */

/** The number digits·2^exponent. */
export interface Exact {
  readonly digits: bigint;
  readonly exponent: number;
}

const precision = 256;
const unit = 1n << 256n;
const ln2 = 2n * inverseTanh(unit / 3n);

/** A finite double, as it is. */
export function exactly(x: number): Exact {
  const bits = new BigUint64Array(Float64Array.of(x).buffer)[0] ?? 0n;
  const biased = Number((bits >> 52n) & 0x7ffn);
  const fraction = bits & ((1n << 52n) - 1n);
  const magnitude = biased === 0 ? fraction : fraction | (1n << 52n);
  return { digits: bits >> 63n ? -magnitude : magnitude, exponent: Math.max(biased, 1) - 1075 };
}

/** eˣ */
export function exp(x: number): Exact {
  return expOf(fixed(exactly(x)));
}

/** ln x, x > 0 */
export function log(x: number): Exact {
  return { digits: logOf(x), exponent: -precision };
}

/** xʸ, x > 0 */
export function pow(x: number, y: number): Exact {
  const { digits, exponent } = exactly(y);
  return expOf(shifted(digits * logOf(x), exponent));
}

export function tanh(x: number): Exact {
  if (Math.abs(x) >= 1) {
    const { digits, exponent } = exp(2 * Math.abs(x));
    // 1 − 2 / (e²ˣ + 1)
    const power = shifted(digits, exponent + precision);
    const value = unit - (2n * unit * unit) / (power + unit);
    return { digits: x < 0 ? -value : value, exponent: -precision };
  }
  // sinh x / x and cosh x, as series in x².
  const square = squareOf(x);
  const series = (first: bigint): bigint => {
    let [sum, term] = [0n, unit];
    for (let n = first; term !== 0n; n += 2n) {
      sum += term;
      term = product(term, square) / (n * (n + 1n));
    }
    return sum;
  };
  return times(x, quotient(series(2n), series(1n)));
}

/** 2/√π · Σ (−1)ⁿ x²ⁿ⁺¹ / (n!·(2n + 1)) */
export function erf(x: number): Exact {
  if (Math.abs(x) > 12) return exactly(Math.sign(x));
  const square = squareOf(x);
  let [sum, term] = [0n, unit];
  for (let n = 1n; term !== 0n; n++) {
    sum += term / (2n * n - 1n);
    term = -product(term, square) / n;
  }
  return times(x, product(sum, twoOverRootPi()));
}

/** e^(k·ln 2 + r) as (e^(r / 256))^256·2ᵏ */
function expOf(x: bigint): Exact {
  const k = (x + ln2 / 2n) / ln2;
  const r = (x - k * ln2) >> 8n;
  let [sum, term] = [0n, unit];
  for (let n = 1n; term !== 0n && term !== -1n; n++) {
    sum += term;
    term = product(term, r) / n;
  }
  for (let i = 0; i < 8; i++) sum = product(sum, sum);
  return { digits: sum, exponent: Number(k) - precision };
}

function logOf(x: number): bigint {
  const { digits, exponent } = exactly(x);
  // Between ¾ and 1½, so that k·ln 2 takes no digits from numbers near 1.
  let k = digits.toString(2).length;
  if (digits << 1n < 3n << BigInt(k - 1)) k--;
  const m = shifted(digits, precision - k);
  return BigInt(exponent + k) * ln2 + 2n * inverseTanh(quotient(m - unit, m + unit));
}

/** artanh t = t + t³/3 + t⁵/5 + … */
function inverseTanh(t: bigint): bigint {
  const square = product(t, t);
  let [sum, power] = [0n, t];
  for (let n = 1n; power !== 0n && power !== -1n; n += 2n) {
    sum += power / n;
    power = product(power, square);
  }
  return sum;
}

function twoOverRootPi(): bigint {
  // π = 16·arctan 1/5 − 4·arctan 1/239 (Machin)
  const inverseTangent = (n: bigint): bigint => {
    let [sum, power] = [0n, unit / n];
    for (let i = 1n; power !== 0n; i += 2n) {
      sum += (i % 4n === 1n ? power : -power) / i;
      power /= n * n;
    }
    return sum;
  };
  const pi = 16n * inverseTangent(5n) - 4n * inverseTangent(239n);
  // √π by Newton's method.
  let root = unit * 2n;
  for (let i = 0; i < 12; i++) root = (root + quotient(pi, root)) / 2n;
  return quotient(2n * unit, root);
}

function squareOf(x: number): bigint {
  const { digits, exponent } = exactly(x);
  return shifted(digits * digits, 2 * exponent + precision);
}

function times(x: number, factor: bigint): Exact {
  const { digits, exponent } = exactly(x);
  return { digits: digits * factor, exponent: exponent - precision };
}

function fixed({ digits, exponent }: Exact): bigint {
  return shifted(digits, exponent + precision);
}

function product(x: bigint, y: bigint): bigint {
  return (x * y) >> BigInt(precision);
}

function quotient(x: bigint, y: bigint): bigint {
  return (x << BigInt(precision)) / y;
}

/** digits·2^by */
export function shifted(digits: bigint, by: number): bigint {
  return by >= 0 ? digits << BigInt(by) : digits >> BigInt(-by);
}
