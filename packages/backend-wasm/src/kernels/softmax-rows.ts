import { bytesPerElement, computeDType, type DType } from "@blk/core";
import { i32, type Local, type MemoryLimits, v128 } from "../assembler/index.js";
import type { Kernel } from "../kernel.js";
import { arithmetics } from "./arithmetic.js";
import { firstLanes } from "./combine.js";
import { loadAdjacent, type Operand, storeAdjacent, storeElements, toStored } from "./elements.js";
import { itemsKernel } from "./items.js";
import { repeat } from "./loops.js";
import { prepareScaledPowers } from "./scaled-power.js";
import { softmaxWords } from "./softmax.js";
import { type FloatType, splat, upperLanes, type Vector, vectorsOf } from "./vector.js";

/** Most columns where `out` cannot hold the powers until they are divided. */
export const mostScratchColumns: number = 2 ** 14;
/** Most columns of rows that are computed together. */
export const mostShortColumns = 16;

/** What a softmax of rows of adjacent elements is generated for: floats. */
export interface SoftmaxRowsSpec {
  readonly name: string;
  readonly input: DType;
  readonly out: DType;
  /** Rows that are computed together, so that none waits for itself; items have a multiple of it. */
  readonly rowsAtOnce: 1 | 4;
  /** Whether multiply-adds round once. */
  readonly fused: boolean;
  readonly limits: MemoryLimits;
}

/** Vectors that are computed together. */
const vectorsAtOnce = 4;

/** Several addresses that go along, for each of the rows at once, by elements of one type. */
interface Walk {
  readonly at: readonly Local<"i32">[];
  readonly dtype: DType;
}

/**
 * `out[i, j] ← exp(x[i, j] − mᵢ) / Σₖ exp(x[i, k] − mᵢ)`, mᵢ the largest element of row i, in three
 * passes over a row, which the first brings into the cache: the largest; powers and their sum;
 * division. Between them the powers lie in out, or in scratch memory where it is of another type
 * than the arithmetic.
 */
export function softmaxRowsKernel(spec: SoftmaxRowsSpec): Kernel {
  const { name, input, out, rowsAtOnce, fused, limits } = spec;
  const type = computeDType(out) as FloatType;
  const { lanes, bytes } = arithmetics[type];
  const { pmax, add, sub, mul, div } = vectorsOf(type);
  const isInPlace = out === type;
  /** Whether the first pass leaves the converted elements where the powers will be. */
  const converts = input !== type;
  const scratchRow = bytes * (rowsAtOnce === 1 ? mostScratchColumns : mostShortColumns);
  const scratchBytes = isInPlace ? 0 : rowsAtOnce * scratchRow;
  const rowNumbers = Array.from({ length: rowsAtOnce }, (_, r) => r);
  const vectorsOfRow = vectorsAtOnce / rowsAtOnce;

  return itemsKernel({ name, scratchBytes, limits, words: softmaxWords }, (f) => {
    const powersOf = prepareScaledPowers(f, type, fused);
    const worst = f.hold(splat(type, Number.NEGATIVE_INFINITY));
    const vectors = (length: number): Local<"v128">[] =>
      Array.from({ length }, () => f.local("v128"));
    const walk = (dtype: DType): Walk => ({
      at: rowNumbers.map(() => f.local("i32")),
      dtype,
    });
    const [read, work, write] = [walk(input), walk(type), walk(out)];
    const best = vectors(vectorsAtOnce);
    const sum = vectors(rowsAtOnce);
    const last = vectors(rowsAtOnce);
    const left = f.local("i32");

    const load = ({ at, dtype }: Walk, r: number, v: number): Vector => {
      const operand: Operand = { dtype, spacing: "adjacent" };
      return loadAdjacent(f, operand, type, at[r]!, v);
    };
    const storePower = (value: Local<"v128">, r: number, v: number): void => {
      f.do(storeAdjacent(type, type, work.at[r]!, value, v));
    };
    const start = (walk: Walk, from: Local<"i32">, step: Local<"i32"> | number): void => {
      for (const [r, at] of walk.at.entries()) {
        f.set(at, r === 0 ? from : i32.add(walk.at[r - 1]!, step));
      }
    };
    /** The vectors v of a step: of all rows at once, those of a row one after the other. */
    const each = <T>(count: number, make: (r: number, v: number) => T): T[] =>
      rowNumbers.flatMap((r) => Array.from({ length: count }, (_, v) => make(r, v)));
    /** What is kept of vector v of row r. */
    const slot = (r: number, v: number): number => r * vectorsOfRow + v;
    const eachVector = (
      cols: Local<"i32">,
      walks: readonly Walk[],
      visit: (count: number) => void,
      visitLast: () => void,
    ): void => {
      f.set(left, cols);
      for (const count of new Set([vectorsOfRow, 1])) {
        const elements = count * lanes;
        repeat(f, i32.geS(left, elements), () => {
          visit(count);
          for (const { at, dtype } of walks) {
            for (const each of at) f.add(each, elements * bytesPerElement(dtype));
          }
          f.sub(left, elements);
        });
      }
      f.if(i32.gtS(left, 0), visitLast);
    };
    /** What `combine` makes of the lanes of each vector, in all lanes. */
    const acrossLanes = (each: readonly Vector[], combine: Combine): Local<"v128">[] => {
      const all = each.map((vector) => f.hold(vector));
      for (const bytes of type === "f64" ? [8] : [8, 4]) {
        for (const vector of all) f.set(vector, combine(vector, upperLanes(vector, bytes)));
      }
      return all;
    };

    return ({ rows, cols, from, fromRow, to, toRow, toCol, scratch }) => {
      const startWork = (): void => {
        start(work, isInPlace ? to : scratch, isInPlace ? toRow : scratchRow);
      };
      const source = converts ? work : read;
      const target = isInPlace ? work : write;
      f.loop((nextRows) => {
        start(read, from, fromRow);
        startWork();
        for (const vector of best) f.set(vector, worst);
        eachVector(
          cols,
          converts ? [read, work] : [read],
          (count) => {
            each(count, (r, v) => {
              const x = f.hold(load(read, r, v));
              if (converts) storePower(x, r, v);
              f.set(best[slot(r, v)]!, pmax(best[slot(r, v)]!, x));
            });
          },
          () => {
            for (const r of rowNumbers) {
              f.set(last[r]!, v128.bitselect(load(read, r, 0), worst, firstLanes(type, left)));
              f.set(best[slot(r, 0)]!, pmax(best[slot(r, 0)]!, last[r]!));
            }
          },
        );
        const largest = acrossLanes(
          rowNumbers.map((r) => pairwise(best.slice(slot(r, 0), slot(r + 1, 0)), pmax)),
          pmax,
        );

        start(read, from, fromRow);
        startWork();
        for (const vector of sum) f.set(vector, splat(type, 0));
        const addTo = (r: number, powers: readonly Vector[]): void =>
          f.set(sum[r]!, add(sum[r]!, pairwise(powers, add)));
        eachVector(
          cols,
          converts ? [work] : [read, work],
          (count) => {
            const elements = each(count, (r, v) => f.hold(load(source, r, v)));
            const powers = powersOf(
              elements.map((x, i) => sub(x, largest[Math.floor(i / count)]!)),
            );
            each(count, (r, v) => storePower(powers[r * count + v]!, r, v));
            for (const r of rowNumbers) addTo(r, powers.slice(r * count, (r + 1) * count));
          },
          () => {
            const powers = powersOf(rowNumbers.map((r) => sub(last[r]!, largest[r]!)));
            for (const r of rowNumbers) {
              f.set(last[r]!, powers[r]!);
              addTo(r, [last[r]!]);
            }
          },
        );
        const factors = acrossLanes(sum, add);
        for (const factor of factors) f.set(factor, div(splat(type, 1), factor));

        startWork();
        if (!isInPlace) start(write, to, toRow);
        const quotient = (power: Vector, r: number): Local<"v128"> =>
          toStored(f, out, type, mul(power, factors[r]!));
        eachVector(
          cols,
          isInPlace ? [work] : [work, write],
          (count) => {
            const quotients = each(count, (r, v) => quotient(load(work, r, v), r));
            each(count, (r, v) => {
              f.do(storeAdjacent(out, type, target.at[r]!, quotients[r * count + v]!, v));
            });
          },
          () => {
            for (const r of rowNumbers) {
              storeElements(f, out, type, target.at[r]!, toCol, quotient(last[r]!, r), left);
            }
          },
        );
        f.add(from, i32.mul(fromRow, rowsAtOnce));
        f.add(to, i32.mul(toRow, rowsAtOnce));
        f.sub(rows, rowsAtOnce);
        f.brIf(nextRows, i32.gtS(rows, 0));
      });
    };
  });
}

type Combine = (x: Vector, y: Vector) => Vector;

/**
 * The first half combined with the second, and so on: engines then write the code of all vectors
 * side by side, where sums of their own would make them write one after the other.
 */
function pairwise(vectors: readonly Vector[], combine: Combine): Vector {
  if (vectors.length === 1) return vectors[0]!;
  const half = vectors.length / 2;
  return combine(pairwise(vectors.slice(0, half), combine), pairwise(vectors.slice(half), combine));
}
