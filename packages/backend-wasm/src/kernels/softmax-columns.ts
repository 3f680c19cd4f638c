import { bytesPerElement } from "@blk/core";
import { i32, type Local, type MemoryLimits, type Value, v128 } from "../assembler/index.js";
import type { Kernel } from "../kernel.js";
import { arithmetics } from "./arithmetic.js";
import {
  loadAdjacent,
  loadStrided,
  type Operand,
  storeAdjacent,
  storeElements,
  toStored,
} from "./elements.js";
import { exponential } from "./exponential.js";
import { itemsKernel } from "./items.js";
import { repeat } from "./loops.js";
import { prepareScaledPowers, type ScaledPowers } from "./scaled-power.js";
import { softmaxWords } from "./softmax.js";
import { type FloatType, splat, type Vector, vectorsOf } from "./vector.js";

/** Most columns of an item. */
export const stripColumns = 1024;

/** Vectors that are computed together, so that none waits for itself. */
const vectorsAtOnce = 4;

/** What a softmax down columns is generated for. */
export interface SoftmaxColumnsSpec {
  readonly name: string;
  /** The type of arithmetic. */
  readonly type: FloatType;
  readonly input: Operand;
  readonly out: Operand;
  /** Whether powers are those of `exponential`, and are divided by their sum. */
  readonly exact: boolean;
  /** Whether multiply-adds round once. */
  readonly fused: boolean;
  readonly limits: MemoryLimits;
}

/**
 * `out[i, j] ← exp(x[i, j] − mⱼ) / Σₖ exp(x[k, j] − mⱼ)`, mⱼ the largest element of column j: the
 * transposed softmax. Each lane is a column of its own, whose powers are summed in the order of
 * rows. Between the passes, the largest elements and the sums lie in scratch memory, and the powers
 * in out, where it has the type of the arithmetic; else they are computed twice.
 */
export function softmaxColumnsKernel(spec: SoftmaxColumnsSpec): Kernel {
  const { name, type, input, out, exact, fused, limits } = spec;
  const { lanes, bytes } = arithmetics[type];
  const { pmax, add, sub, mul, div } = vectorsOf(type);
  const keepsPowers = out.dtype === type;
  const isAdjacent = input.spacing === "adjacent" && out.spacing === "adjacent";
  const plane = stripColumns * bytes + 64;
  return itemsKernel({ name, scratchBytes: 2 * plane, limits, words: softmaxWords }, (f) => {
    const powersOf: ScaledPowers = exact
      ? (exponents) => exponents.map((x) => exponential(f, type, x))
      : prepareScaledPowers(f, type, fused);
    const local = (): Local<"i32"> => f.local("i32");
    const [left, slot, row, next] = [local(), local(), local(), local()];
    const [read, write] = [local(), local()];
    const [fromTop, toTop] = [local(), local()];

    return ({ rows, cols, from, fromRow, fromCol, to, toRow, toCol, scratch }) => {
      const load = (
        operand: Operand,
        at: Local<"i32">,
        stride: Local<"i32">,
        v: number,
      ): Vector => {
        if (operand.spacing === "adjacent") return loadAdjacent(f, operand, type, at, v);
        f.set(next, at);
        return loadStrided(f, operand, type, next, stride, left);
      };
      /** Stores vectors: several are whole, one may have what is left of the row only. */
      const store = (values: readonly Vector[]): void => {
        const stored = values.map((value) => toStored(f, out.dtype, type, value));
        const storeSome = (): void => {
          f.set(next, write);
          storeElements(f, out.dtype, type, next, toCol, stored[0]!, left);
        };
        const storeWhole = (): void => {
          for (const [v, each] of stored.entries()) {
            f.do(storeAdjacent(out.dtype, type, write, each, v));
          }
        };
        if (out.spacing !== "adjacent") storeSome();
        else if (stored.length > 1) storeWhole();
        else f.if(i32.geS(left, lanes), storeWhole, storeSome);
      };
      /** Visits vectors along a row, by their numbers, counted from `slot`. */
      const eachVectors = (visit: (vectors: readonly number[]) => void): void => {
        f.set(left, cols);
        f.set(slot, scratch);
        for (const count of isAdjacent ? [vectorsAtOnce, 1] : [1]) {
          const least = count > 1 ? count * lanes : 1;
          repeat(f, i32.geS(left, least), () => {
            visit(Array.from({ length: count }, (_, v) => v));
            f.add(slot, 16 * count);
            f.add(read, stepOf(input, fromCol, count * lanes));
            f.add(write, stepOf(out, toCol, count * lanes));
            f.sub(left, count * lanes);
          });
        }
      };
      const eachRow = (visit: (vectors: readonly number[]) => void): void => {
        f.set(fromTop, from);
        f.set(toTop, to);
        f.set(row, rows);
        f.loop((nextRow) => {
          f.set(read, fromTop);
          f.set(write, toTop);
          eachVectors(visit);
          f.add(fromTop, fromRow);
          f.add(toTop, toRow);
          f.sub(row, 1);
          f.brIf(nextRow, row);
        });
      };
      const largest = (v: number): Vector => v128.load(slot, { offset: 16 * v });
      const sum = (v: number): Vector => v128.load(slot, { offset: plane + 16 * v });
      const setLargest = (v: number, value: Vector): void =>
        f.do(v128.store(slot, value, { offset: 16 * v }));
      const setSum = (v: number, value: Vector): void =>
        f.do(v128.store(slot, value, { offset: plane + 16 * v }));
      const nextPowers = (vectors: readonly number[]): readonly Local<"v128">[] =>
        powersOf(
          vectors
            .map((v) => f.hold(load(input, read, fromCol, v)))
            .map((x, v) => f.hold(sub(x, largest(v)))),
        );

      eachVectors((vectors) => {
        for (const v of vectors) {
          setLargest(v, splat(type, Number.NEGATIVE_INFINITY));
          setSum(v, splat(type, 0));
        }
      });
      eachRow((vectors) => {
        for (const v of vectors) {
          setLargest(v, pmax(largest(v), f.hold(load(input, read, fromCol, v))));
        }
      });
      eachRow((vectors) => {
        const powers = nextPowers(vectors);
        for (const v of vectors) setSum(v, add(sum(v), powers[v]!));
        if (keepsPowers) store(powers);
      });
      if (!exact) {
        eachVectors((vectors) => {
          for (const v of vectors) setSum(v, div(splat(type, 1), sum(v)));
        });
      }
      eachRow((vectors) => {
        const powers = keepsPowers
          ? vectors.map((v) => f.hold(load(out, write, toCol, v)))
          : nextPowers(vectors);
        store(vectors.map((v) => (exact ? div : mul)(powers[v]!, sum(v))));
      });
    };
  });
}

/** Bytes from one element of a row to that `count` elements after it. */
function stepOf({ dtype, spacing }: Operand, stride: Local<"i32">, count: number): Value<"i32"> {
  if (spacing === "adjacent") return i32.const(count * bytesPerElement(dtype));
  return i32.mul(stride, count);
}
