/** A mapping of values to 0 … 1 along an axis, with the values that are marked there. */
export interface Scale {
  /** The values at 0 and at 1. */
  readonly domain: readonly [least: number, most: number];
  /** Ascending, within the domain. */
  readonly ticks: readonly number[];
  /** Where a value lies; outside of 0 … 1 for one outside of the domain. */
  at(value: number): number;
}

/** More would not fit beside each other on a phone. */
const mostTicks = 6;

/** A linear scale over all finite values and 0, its ends widened to multiples of a round step. */
export function linearScale(values: Iterable<number>): Scale {
  const finite = [...values].filter(Number.isFinite);
  const least = Math.min(0, ...finite);
  const most = Math.max(0, ...finite);
  const step = roundStep((most - least || 1) / (mostTicks - 1));
  // Counted in steps, so that sums of roundings do not lose the last tick.
  const first = Math.floor(least / step);
  const last = Math.max(first + 1, Math.ceil(most / step));
  const ticks = range(first, last).map((count) => count * step);
  const domain = [first * step, last * step] as const;
  const length = domain[1] - domain[0];
  return { domain, ticks, at: (value) => (value - domain[0]) / length };
}

/**
 * A logarithmic scale over all positive finite values. Marked are powers of `base`, every k-th one
 * where there are many; with base 10 and less than two decades, 2 and 5 times these as well.
 */
export function logScale(values: Iterable<number>, base: 2 | 10 = 10): Scale {
  const log = base === 2 ? Math.log2 : Math.log10;
  const positive = [...values].filter((value) => value > 0 && Number.isFinite(value));
  const exponents = positive.length === 0 ? [0] : positive.map(log);
  const low = Math.min(...exponents);
  const high = Math.max(...exponents);
  const fine = base === 10 && high - low < 2;
  const marks = fine ? fineMarks(low, high) : powers(low, high);
  const inside = fine ? marks : everyNth(marks);
  const [first, last] = [marks[0] as number, marks.at(-1) as number];
  const value = (exponent: number): number => power(base, exponent);
  return {
    domain: [value(first), value(last)],
    ticks: inside.map(value),
    at: (x) => (log(x) - first) / (last - first),
  };
}

/** Whole exponents around these, two at least. */
function powers(low: number, high: number): readonly number[] {
  const first = Math.floor(low + tiny);
  return range(first, Math.max(first + 1, Math.ceil(high - tiny)));
}

/** Exponents of 1, 2 and 5 times powers of ten, from the last one below to the first one above. */
function fineMarks(low: number, high: number): readonly number[] {
  const all = powers(low, high).flatMap((exponent) =>
    [1, 2, 5].map((factor) => exponent + Math.log10(factor)),
  );
  const from = all.filter((exponent) => exponent <= low + tiny).length - 1;
  const to = all.findIndex((exponent, i) => i > from && exponent >= high - tiny);
  return all.slice(from, to + 1);
}

/** So few that they fit. */
function everyNth(exponents: readonly number[]): readonly number[] {
  const nth = Math.ceil(exponents.length / mostTicks);
  return exponents.filter((exponent) => exponent % nth === 0);
}

/** 1, 2 or 5 times a power of ten that is `least` at least. */
function roundStep(least: number): number {
  const size = 10 ** Math.floor(Math.log10(least));
  const factor = [1, 2, 5, 10].find((each) => each * size >= least * (1 - tiny)) ?? 10;
  return factor * size;
}

/** Rounded as a person would write it: 10 ** log10(2) is not 2. */
function power(base: 2 | 10, exponent: number): number {
  return base === 2 ? 2 ** exponent : Number((10 ** exponent).toPrecision(12));
}

/** Roundings of logarithms. */
const tiny = 1e-9;

function range(first: number, last: number): readonly number[] {
  return Array.from({ length: last - first + 1 }, (_, i) => first + i);
}
