import { bytesPerElement } from "@blk/core";
import { i32 } from "../assembler/index.js";
import type { Kernel } from "../kernel.js";
import { arithmetics } from "./arithmetic.js";
import {
  addPlaces,
  collapse,
  combinerOf,
  firstLanes,
  laneNumbers,
  orderedSum,
  type State,
  splatPlace,
} from "./combine.js";
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

/** How a kernel goes along rows. */
export interface RowsForm {
  /** Whether all rows of an item have one result, instead of one each. */
  readonly whole: boolean;
  /** Whether a sum, in f64, adds its terms one after the other. */
  readonly ordered: boolean;
}

/**
 * `out[i] ← op over j of expression(inputs[i, j])`, or over i and j: row by row, with several
 * running results whose lanes are combined at the end of a row, or of the item.
 *
 * What the expression does not read is not read; adjacent operands are read up to 31 bytes beyond
 * the end of a row.
 */
export function reduceRowsKernel(spec: ReduceSpec, { whole, ordered }: RowsForm): Kernel {
  const { type, op } = spec;
  const { lanes } = arithmetics[type];
  const combiner = combinerOf(op, type);
  const hasPlaces = op === "argmax";
  // As many running results as hide the latency of combining and leave registers for the rest.
  const vectors = ordered || !paysToUnroll(spec) ? 1 : combiner.parts === 1 ? 4 : 2;
  return reduceKernel(spec, 0, (f, item) => {
    const states = Array.from({ length: vectors }, () => stateOf(f, combiner.parts));
    const first = states[0] as State;
    const [left, one] = [f.local("i32"), f.local("i32")];
    f.set(one, 1);
    const places = f.local("v128");
    const walks = item.walks.map((walk) => ({
      ...walk,
      at: f.local("i32"),
      repeated: f.local("v128"),
    }));

    const setPlaces = (): void => {
      if (hasPlaces)
        f.set(places, addPlaces(type, splatPlace(type, item.place), laneNumbers(type)));
    };
    const start = (): void => {
      states.forEach((state, v) => {
        combiner.start(f, state, addPlaces(type, places, splatPlace(type, v * lanes)));
      });
    };
    const finish = (): void => {
      for (const state of states.slice(1)) combiner.merge(f, first, state);
      if (!ordered) collapse(f, combiner, type, first);
      combiner.settle(f, first);
      storeResults(f, spec, first, item.out, item.outStep, one);
      f.add(item.out, item.outStep);
    };
    /** Combines the next vectors, one for each state. */
    const take = (into: readonly State[], within: boolean): void => {
      into.forEach((state, v) => {
        const values = valuesOf(f, spec, (k) => {
          const { operand, at, colStride, repeated } = walks[k]!;
          if (operand.spacing === "repeated") return repeated;
          if (operand.spacing === "strided")
            return loadStrided(f, operand, type, at, colStride, left);
          return loadAdjacent(f, operand, type, at, v);
        });
        if (within) f.set(values, combiner.within(values, firstLanes(type, left)));
        if (ordered) orderedSum(f, state, values);
        else combiner.take(f, state, values, places);
        if (hasPlaces) f.set(places, addPlaces(type, places, splatPlace(type, lanes)));
      });
      const count = into.length * lanes;
      for (const { operand, at } of walks) {
        if (operand.spacing !== "adjacent") continue;
        f.add(at, count * bytesPerElement(operand.dtype));
      }
      f.sub(left, count);
    };

    setPlaces();
    if (whole) start();
    f.loop((nextRow) => {
      for (const { operand, at, start, repeated } of walks) {
        f.set(at, start);
        if (operand.spacing === "repeated") f.set(repeated, loadRepeated(f, operand, type, at));
      }
      setPlaces();
      if (!whole) start();
      f.set(left, item.cols);
      if (vectors > 1) repeat(f, i32.geS(left, vectors * lanes), () => take(states, false));
      repeat(f, i32.geS(left, lanes), () => take([first], false));
      f.if(i32.gtS(left, 0), () => take([first], true));
      if (!whole) finish();
      for (const { start, rowStride } of walks) f.add(start, rowStride);
      if (whole) f.add(item.place, item.placeStep);
      f.sub(item.rows, 1);
      f.brIf(nextRow, item.rows);
    });
    if (whole) finish();
  });
}
