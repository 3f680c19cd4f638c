/** In which halves of a merge a vector has components. */
export const inUpper = 1;
export const inLower = 2;
export const inBoth = 3;

/** The poles of a merge: pole, weight and halves of the vector, each indexed by the vector's row. */
export interface Poles {
  readonly pole: Float64Array;
  readonly z: Float64Array;
  readonly halves: Uint8Array;
}

/** What may be dropped from a matrix of these elements, as large as the rounding errors around it. */
export function deflationTolerance(diagonal: Float64Array, beside: Float64Array): number {
  let largest = 0;
  for (const value of diagonal) largest = Math.max(largest, Math.abs(value));
  for (const value of beside) largest = Math.max(largest, Math.abs(value));
  return 8 * 2 ** -53 * largest;
}

/** Rotates two vectors: x ← c·x + s·y, y ← c·y − s·x. */
export type Rotate = (x: number, y: number, c: number, s: number) => void;

/**
 * Finds what a merge leaves as it is: poles with a negligible weight, and of each two poles that are
 * almost equal one, after a rotation that moves all weight to the other. `sorted` names rows by
 * ascending pole; returns those that are kept, still ascending, and the others. Each drops at most
 * `tolerance` from the matrix, or `weightTolerance` from z: as in LAPACK's dlaed2.
 */
export function deflate(
  sorted: Iterable<number>,
  { pole, z, halves }: Poles,
  tolerance: number,
  weightTolerance: number,
  rotate: Rotate,
): { readonly kept: number[]; readonly deflated: number[] } {
  const kept: number[] = [];
  const deflated: number[] = [];
  for (const row of sorted) {
    if (Math.abs(z[row]!) <= weightTolerance) {
      deflated.push(row);
      continue;
    }
    const previous = kept.at(-1);
    if (previous !== undefined) {
      const length = Math.hypot(z[row]!, z[previous]!);
      const c = z[row]! / length;
      const s = -z[previous]! / length;
      const distance = pole[row]! - pole[previous]!;
      if (Math.abs(distance * c * s) <= tolerance) {
        z[row] = length;
        z[previous] = 0;
        if (halves[previous] !== halves[row]) halves[previous] = halves[row] = inBoth;
        rotate(previous, row, c, s);
        const rest = pole[previous]! + distance * s * s;
        pole[row] = pole[previous]! + distance * c * c;
        pole[previous] = rest;
        kept.pop();
        deflated.push(previous);
      }
    }
    kept.push(row);
  }
  return { kept, deflated };
}

/**
 * The place of each kept vector where they are grouped for the products of a merge: those of the
 * upper half, those of both, those of the lower. `places[i]` is that of `kept[i]`.
 */
export interface Grouping {
  readonly places: Int32Array;
  /** Vectors with components in the upper half only. */
  readonly upper: number;
  /** Vectors with components in both. */
  readonly both: number;
}

export function groupByHalves(kept: readonly number[], halves: Uint8Array): Grouping {
  const counts = [0, 0, 0, 0];
  for (const row of kept) counts[halves[row]!]! += 1;
  const [, upper, , both] = counts as [number, number, number, number];
  const next = [0, 0, upper + both, upper];
  const places = Int32Array.from(kept, (row) => next[halves[row]!]!++);
  return { places, upper, both };
}

/** The integers from `start` to `end`, by ascending value. */
export function sortedRows(values: Float64Array, start: number, end: number): Int32Array {
  const rows = Int32Array.from({ length: end - start }, (_, i) => start + i);
  return rows.sort((x, y) => values[x]! - values[y]!);
}
