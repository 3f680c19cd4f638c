import { bytesPerElement } from "@blk/core";
import { i32, i32x4, i64x2, type Local, v128 } from "../assembler/index.js";
import type { Kernel } from "../kernel.js";
import { arithmetics } from "./arithmetic.js";
import { addPlaces, combinerOf, laneNumbers, type State, splatPlace } from "./combine.js";
import { loadAdjacent, loadRepeated, loadStrided } from "./elements.js";
import { repeat } from "./loops.js";
import {
  paysToUnroll,
  type ReduceSpec,
  reduceKernel,
  stateOf,
  storeResults,
  valuesOf,
} from "./reduce.js";

/** Most columns of an item: their running results fit into the first-level cache beside the rows. */
export const stripColumns = 2048;

/**
 * `out[j] ← op over i of expression(inputs[i, j])`: the running results of all columns lie in
 * scratch memory, and each is visited once for a block of rows, so that memory is read along rows.
 *
 * ```
 * for rows in steps of item.block
 *   for columns in steps of some vectors    running results: from memory, and back
 *     for the rows of the block             in ascending order
 * ```
 *
 * What the expression does not read is not read; adjacent operands are read up to 31 bytes beyond
 * the end of a row.
 */
export function reduceColumnsKernel(spec: ReduceSpec): Kernel {
  const { type, op } = spec;
  const { lanes, bytes } = arithmetics[type];
  const combiner = combinerOf(op, type);
  const hasPlaces = op === "argmax";
  // As many running results as leave registers for the rest.
  const vectorsAtOnce = !paysToUnroll(spec) ? 1 : combiner.parts === 1 ? 4 : 2;
  // Parts of a state are a cache line more apart than they are long, lest they collide.
  const plane = stripColumns * bytes + 64;
  return reduceKernel(spec, combiner.parts * plane, (f, item) => {
    const local = (): Local<"i32"> => f.local("i32");
    const [left, slot, row] = [local(), local(), local()];
    const [height, count] = [local(), local()];
    const [places, rowPlaces] = [f.local("v128"), f.local("v128")];
    const states = Array.from({ length: vectorsAtOnce }, () => stateOf(f, combiner.parts));
    const walks = item.walks.map((walk) => ({
      ...walk,
      top: local(),
      at: local(),
      next: local(),
    }));

    /** Visits the running results along a row, several vectors at once and then one by one. */
    const eachVectors = (visit: (some: readonly State[]) => void): void => {
      f.set(left, item.cols);
      f.set(slot, item.scratch);
      for (const vectors of [4, 2, 1]) {
        if (vectors > vectorsAtOnce) continue;
        repeat(f, i32.geS(left, vectors > 1 ? vectors * lanes : 1), () => {
          visit(states.slice(0, vectors));
          f.add(slot, 16 * vectors);
          f.sub(left, vectors * lanes);
        });
      }
    };
    const eachPart = (
      some: readonly State[],
      visit: (part: Local<"v128">, access: { readonly offset: number }) => void,
    ): void => {
      some.forEach((state, v) => {
        state.forEach((part, k) => {
          visit(part, { offset: 16 * v + k * plane });
        });
      });
    };
    const load = (some: readonly State[]): void => {
      eachPart(some, (part, access) => f.set(part, v128.load(slot, access)));
    };
    const store = (some: readonly State[]): void => {
      eachPart(some, (part, access) => f.do(v128.store(slot, part, access)));
    };
    /** Combines the next row of the block. */
    const takeRow = (some: readonly State[]): void => {
      some.forEach((state, v) => {
        const values = valuesOf(f, spec, (k) => {
          const { operand, at, next, colStride } = walks[k]!;
          if (operand.spacing === "repeated") return loadRepeated(f, operand, type, at);
          if (operand.spacing === "adjacent") {
            return loadAdjacent(f, operand, type, at, v);
          }
          f.set(next, at);
          return loadStrided(f, operand, type, next, colStride, left);
        });
        combiner.take(f, state, values, places);
      });
      for (const { at, rowStride } of walks) f.add(at, rowStride);
      if (hasPlaces) f.set(places, addPlaces(type, places, splatPlace(type, 1)));
      f.sub(count, 1);
    };

    eachVectors((some) => {
      for (const state of some) combiner.start(f, state, i32x4.splat(0));
      store(some);
    });
    f.set(row, 0);
    f.loop((nextBlock) => {
      f.set(height, i32.sub(item.rows, row));
      f.set(height, i32.select(item.block, height, i32.ltU(item.block, height)));
      if (hasPlaces) f.set(rowPlaces, splatPlace(type, row));
      for (const { top, start } of walks) f.set(top, start);
      eachVectors((some) => {
        load(some);
        for (const { at, top } of walks) f.set(at, top);
        if (hasPlaces) f.set(places, rowPlaces);
        f.set(count, height);
        f.loop((nextRow) => {
          takeRow(some);
          f.brIf(nextRow, count);
        });
        store(some);
        for (const { operand, top, colStride } of walks) {
          const columns = some.length * lanes;
          const step =
            operand.spacing === "adjacent"
              ? i32.const(columns * bytesPerElement(operand.dtype))
              : i32.mul(colStride, columns);
          f.add(top, step);
        }
      });
      for (const { start, rowStride } of walks) {
        f.add(start, i32.mul(height, rowStride));
      }
      f.add(row, height);
      f.brIf(nextBlock, i32.ltU(row, item.rows));
    });

    const { mul } = type === "f64" ? i64x2 : i32x4;
    f.set(left, item.cols);
    f.set(slot, item.scratch);
    repeat(f, i32.gtS(left, 0), () => {
      const [state] = states as [State];
      load([state]);
      combiner.settle(f, state);
      if (hasPlaces) {
        const place = state[1]!;
        const across = mul(laneNumbers(type), splatPlace(type, item.placeStep));
        f.set(place, addPlaces(type, addPlaces(type, place, splatPlace(type, item.place)), across));
        f.add(item.place, i32.mul(item.placeStep, lanes));
      }
      storeResults(f, spec, state, item.out, item.outStep, left);
      f.add(item.out, i32.mul(item.outStep, lanes));
      f.add(slot, 16);
      f.sub(left, lanes);
    });
  });
}
