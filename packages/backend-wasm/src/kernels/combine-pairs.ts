import { i32, type MemoryLimits, v128 } from "../assembler/index.js";
import type { Kernel } from "../kernel.js";
import type { ComputeType } from "./arithmetic.js";
import { combinerOf } from "./combine.js";
import { repeat } from "./loops.js";
import { pairPlace, reduceKernel, stateOf, storeResults } from "./reduce.js";

export function combinePairsName(type: ComputeType): string {
  return `combine_argmax_${type}`;
}

/**
 * `out[i] ←` the place of the largest of the pairs (i, j) over j: the last step of an argmax that
 * was computed in pieces. The window of an item is one of pairs.
 */
export function combinePairsKernel(type: ComputeType, limits: MemoryLimits): Kernel {
  const combiner = combinerOf("argmax", type);
  const name = combinePairsName(type);
  const pairs = { name, inputs: [{ dtype: type, spacing: "strided" }], limits } as const;
  return reduceKernel(pairs, 0, (f, { rows, cols, out, outStep, walks }) => {
    const { start, rowStride, colStride } = walks[0]!;
    const [best, next] = [stateOf(f, combiner.parts), stateOf(f, combiner.parts)];
    const [at, left, one] = [f.local("i32"), f.local("i32"), f.local("i32")];
    f.set(one, 1);
    const load = ([value, place]: typeof best): void => {
      f.set(value!, v128.load64Zero(at));
      f.set(place!, v128.load32Zero(at, { offset: pairPlace }));
      f.add(at, colStride);
    };
    f.loop((nextRow) => {
      f.set(at, start);
      load(best);
      f.set(left, i32.sub(cols, 1));
      repeat(f, left, () => {
        load(next);
        combiner.merge(f, best, next);
        f.sub(left, 1);
      });
      storeResults(f, { type, op: "argmax", out: "i32" }, best, out, outStep, one);
      f.add(out, outStep);
      f.add(start, rowStride);
      f.sub(rows, 1);
      f.brIf(nextRow, rows);
    });
  });
}
