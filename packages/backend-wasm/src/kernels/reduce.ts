import { bytesPerElement, type DType, type Expr, type ReductionOp } from "@blk/core";
import {
  type FunctionBuilder,
  i8x16,
  i32,
  type Local,
  type MemoryLimits,
  type Value,
} from "../assembler/index.js";
import type { Kernel } from "../kernel.js";
import { arithmetics, type ComputeType } from "./arithmetic.js";
import type { State } from "./combine.js";
import { costOf } from "./cost.js";
import { type Operand, storeAdjacent, storeElements, toStored } from "./elements.js";
import { expressionVector } from "./expression.js";
import { type Item, itemsKernel } from "./items.js";
import { usedInputs } from "./map.js";
import type { Vector } from "./vector.js";

/** What a kernel of a reduction is generated for. */
export interface ReduceSpec {
  readonly name: string;
  readonly op: ReductionOp;
  readonly expression: Expr;
  /** The type of arithmetic. */
  readonly type: ComputeType;
  /** The operands that the expression reads, in the order of {@link usedInputs}. */
  readonly inputs: readonly Operand[];
  /** The type of the results; `pair` of an argmax that goes on: see {@link pairBytes}. */
  readonly out: DType | "pair";
  readonly limits: MemoryLimits;
}

/**
 * The words of an item, before the windows of the operands. An item reduces rows×cols elements, at
 * least one, to results from `out` on, `outStep` bytes apart. `place` is what an argmax gives to the
 * first element, `placeStep` what is added for each result more; `block` counts the rows that are
 * read before the next columns are.
 */
const words = ["rows", "cols", "out", "outStep", "place", "placeStep", "block"] as const;

/** Bytes of an argmax that goes on: its value, at 8 its place as i32, and 4 unused. */
export const pairBytes = 16;
/** Where the place of a pair lies. */
export const pairPlace = 8;

/** An operand while a kernel walks through its rows. */
export interface Walk {
  readonly operand: Operand;
  /** The address of the first element. */
  readonly start: Local<"i32">;
  readonly rowStride: Local<"i32">;
  readonly colStride: Local<"i32">;
}

/** An item as a kernel sees it. */
export type ReduceItem = Item<(typeof words)[number]> & { readonly walks: readonly Walk[] };

/** A kernel that does what `body` writes for each item. */
export function reduceKernel(
  { name, inputs, limits }: Pick<ReduceSpec, "name" | "inputs" | "limits">,
  scratchBytes: number,
  body: (f: FunctionBuilder<[]>, item: ReduceItem) => void,
): Kernel {
  const windows = inputs.flatMap((_, k) => [`start${k}`, `rowStride${k}`, `colStride${k}`]);
  return itemsKernel({ name, limits, words: [...words, ...windows], scratchBytes }, (f) => {
    return (item) => {
      const walks = inputs.map(
        (operand, k): Walk => ({
          operand,
          start: item[`start${k}`]!,
          rowStride: item[`rowStride${k}`]!,
          colStride: item[`colStride${k}`]!,
        }),
      );
      body(f, { ...(item as Item<(typeof words)[number]>), walks });
    };
  });
}

/** The expression in each lane, of what `load` reads of the operand number k. */
export function valuesOf(
  f: FunctionBuilder,
  { type, expression }: ReduceSpec,
  load: (k: number) => Vector,
): Local<"v128"> {
  const used = usedInputs([expression]);
  return expressionVector(f, type, expression, (index) => f.hold(load(used.indexOf(index))));
}

/** New locals for a state of that many parts. */
export function stateOf(f: FunctionBuilder, parts: number): State {
  return Array.from({ length: parts }, () => f.local("v128"));
}

/**
 * Stores the first `left` lanes of a finished state, at most as many as there are, `step` bytes
 * apart; where they are adjacent, all at once if `whole`.
 */
export function storeResults(
  f: FunctionBuilder,
  { type, op, out }: Pick<ReduceSpec, "type" | "op" | "out">,
  [value, place]: State,
  at: Value<"i32">,
  step: Local<"i32">,
  left: Local<"i32">,
): void {
  const { lanes } = arithmetics[type];
  const to = f.hold(at);
  const store = (dtype: DType, stored: Local<"v128">): void => {
    const isAdjacent = i32.and(i32.eq(step, bytesPerElement(dtype)), i32.geS(left, lanes));
    f.if(
      isAdjacent,
      () => f.do(storeAdjacent(dtype, type, to, stored)),
      () => storeElements(f, dtype, type, to, step, stored, left),
    );
  };
  if (op !== "argmax") {
    if (out !== "pair") store(out, toStored(f, out, type, value!));
    return;
  }
  if (out === "pair") {
    const next = f.hold(i32.add(to, pairPlace));
    storeElements(f, type, type, to, step, value!, left);
    f.set(to, next);
  }
  const places = f.hold(type === "f64" ? i8x16.shuffle(place!, place!, lowWords) : place!);
  store("i32", places);
}

/** Bytes 0 to 3 and 8 to 11: the lower words of two i64. */
const lowWords = [0, 1, 2, 3, 8, 9, 10, 11, 0, 1, 2, 3, 8, 9, 10, 11];

/** Whether several copies of an item's inner code pay: it is short, and reads whole vectors. */
export function paysToUnroll({ expression, inputs }: ReduceSpec): boolean {
  return costOf([expression]).steps <= 8 && inputs.every(({ spacing }) => spacing !== "strided");
}
