import { bytesPerElement, computeDType, type DType } from "@blk/core";
import { type FunctionBuilder, i32, type Local, type MemoryLimits } from "../assembler/index.js";
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
import { indexedRowsKernel, type RowPair } from "./indexed-rows.js";
import { repeat } from "./loops.js";

/** What a scatterAdd kernel is generated for. */
export interface ScatterSpec {
  readonly dtype: DType;
  /** Of the elements of a row, in the source and in out alike. */
  readonly spacing: "adjacent" | "strided";
}

/** `scatter_add_f32_adjacent` */
export function scatterName({ dtype, spacing }: ScatterSpec): string {
  return `scatter_add_${dtype}_${spacing}`;
}

/**
 * Row `index[i]` of out += row i of the source, in order of i; rows outside of out are dropped.
 * Each sum is rounded to the element type. That of two f16 may be rounded to f32 first: its 24
 * digits are no fewer than 2·11 + 1, so that the second rounding gives what one alone would.
 */
export function scatterKernel(spec: ScatterSpec, limits: MemoryLimits): Kernel {
  const found = spec.spacing === "adjacent" ? addAdjacent : addStrided;
  return indexedRowsKernel(scatterName(spec), "out", limits, {
    found: (f, pair) => found(f, spec, pair),
  });
}

/** Vectors in a round of the main loop. */
const vectors = 4;

function addAdjacent(
  f: FunctionBuilder,
  operand: Operand,
  { from, to, toStep, width }: RowPair,
): void {
  const { dtype } = operand;
  const type = computeDType(dtype);
  const { lanes, add } = arithmetics[type];
  const bytes = bytesPerElement(dtype);
  const left = f.hold(width);
  const sumOf = (v: number): Local<"v128"> => {
    const x = f.hold(loadAdjacent(f, operand, type, from, v));
    const y = f.hold(loadAdjacent(f, operand, type, to, v));
    return toStored(f, dtype, type, add(y, x));
  };
  const advance = (count: number): void => {
    f.add(from, count * bytes);
    f.add(to, count * bytes);
    f.sub(left, count);
  };
  for (const count of [vectors, 1]) {
    repeat(f, i32.geS(left, count * lanes), () => {
      for (let v = 0; v < count; v++) f.do(storeAdjacent(dtype, type, to, sumOf(v), v));
      advance(count * lanes);
    });
  }
  f.if(left, () => storeElements(f, dtype, type, to, toStep, sumOf(0), left));
}

function addStrided(
  f: FunctionBuilder,
  operand: Operand,
  { from, fromStep, to, toStep, width }: RowPair,
): void {
  const { dtype } = operand;
  const type = computeDType(dtype);
  const { lanes, add } = arithmetics[type];
  const [left, write] = [f.local("i32"), f.local("i32")];
  const [x, y] = [f.local("v128"), f.local("v128")];
  f.set(write, to);
  f.set(left, width);
  f.loop((again) => {
    f.set(x, loadStrided(f, operand, type, from, fromStep, left));
    f.set(y, loadStrided(f, operand, type, to, toStep, left));
    storeElements(f, dtype, type, write, toStep, toStored(f, dtype, type, add(y, x)), left);
    f.sub(left, lanes);
    f.brIf(again, i32.gtS(left, 0));
  });
}
