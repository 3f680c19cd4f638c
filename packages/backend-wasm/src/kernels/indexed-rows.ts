import { type FunctionBuilder, i32, type Local, type MemoryLimits } from "../assembler/index.js";
import type { Kernel } from "../kernel.js";
import { itemsKernel } from "./items.js";

/**
 * The words of an item: the windows of the source, of out and of the indices; the rows of the matrix
 * that is indexed; those of the other one, and of the indices; columns, or what a kernel says
 * otherwise.
 */
const words = [
  "source",
  "sourceRow",
  "sourceCol",
  "out",
  "outRow",
  "outCol",
  "index",
  "indexRow",
  "indexCol",
  "indexed",
  "rows",
  "width",
] as const;

/** A pair of rows, while a kernel goes along them. */
export interface RowPair {
  readonly from: Local<"i32">;
  readonly fromStep: Local<"i32">;
  readonly to: Local<"i32">;
  readonly toStep: Local<"i32">;
  readonly width: Local<"i32">;
}

/** What is done with the row of out that is addressed, and the row of the source if it is there. */
export interface RowWriters {
  readonly found: (f: FunctionBuilder, pair: RowPair) => void;
  readonly missing?: (f: FunctionBuilder, pair: Omit<RowPair, "from" | "fromStep">) => void;
}

/**
 * A kernel that pairs rows by index, in order of i:
 *
 * | indexed | row of the source | row of out |
 * |---|---|---|
 * | `source` | index[i] | i |
 * | `out` | i | index[i] |
 */
export function indexedRowsKernel(
  name: string,
  indexed: "source" | "out",
  limits: MemoryLimits,
  { found, missing }: RowWriters,
): Kernel {
  const isSource = indexed === "source";
  return itemsKernel({ name, limits, words }, (f) => (item) => {
    const { source, sourceRow, out, outRow, index, rows, width } = item;
    const { sourceCol: fromStep, outCol: toStep } = item;
    const [i, row, from, to] = [f.local("i32"), f.local("i32"), f.local("i32"), f.local("i32")];
    f.for(i, 0, rows, 1, () => {
      f.set(row, i32.load(index));
      f.set(from, i32.add(source, i32.mul(isSource ? row : i, sourceRow)));
      f.set(to, i32.add(out, i32.mul(isSource ? i : row, outRow)));
      // Without sign, so that negative numbers are too large.
      const isInside = i32.ltU(row, item.indexed);
      const pair = { from, fromStep, to, toStep, width };
      f.if(isInside, () => found(f, pair), missing && (() => missing(f, pair)));
      f.add(index, item.indexRow);
    });
  });
}
