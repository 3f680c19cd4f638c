import { bytesPerElement, type DType, type Expr, expr, type ReductionOp } from "@blk/core";
import {
  type Operand as Address,
  type FunctionBuilder,
  i8x16,
  i32,
  type Local,
  type MemoryLimits,
  ModuleBuilder,
} from "../assembler/index.js";
import type { Kernel } from "../kernel.js";
import { windowBytes } from "../window.js";
import { arithmetics, type ComputeType } from "./arithmetic.js";
import type { State } from "./combine.js";
import { type Operand, storeAdjacent, storeElements, toStored } from "./elements.js";
import { expressionVector } from "./expression.js";
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
 * Where the numbers of an item lie, in bytes from its address; the windows of the operands follow.
 * An item reduces rows×cols elements, at least one.
 */
const layout = {
  rows: 0,
  cols: 4,
  /** The address of the first result, and the bytes from one to the next. */
  out: 8,
  outStep: 12,
  /** The place that an argmax gives to the first element, and what is added for each result more. */
  place: 16,
  placeStep: 20,
  /** Rows that are read before the next columns are. */
  block: 24,
} as const;

const windowsOffset = 4 * Object.keys(layout).length;

/** Numbers of an item. */
export type ReduceItem = { [K in keyof typeof layout]: number };

/** Writes the numbers of an item at a multiple of 4; returns the address for its windows. */
export function writeReduceItem(i32: Int32Array, at: number, item: Readonly<ReduceItem>): number {
  const index = at >> 2;
  i32[index] = item.rows;
  i32[index + 1] = item.cols;
  i32[index + 2] = item.out;
  i32[index + 3] = item.outStep;
  i32[index + 4] = item.place;
  i32[index + 5] = item.placeStep;
  i32[index + 6] = item.block;
  return at + windowsOffset;
}

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
export type ItemLocals = { readonly [K in keyof typeof layout]: Local<"i32"> } & {
  readonly walks: readonly Walk[];
  readonly scratch: Local<"i32">;
};

/** A kernel that does what `body` writes for each item. */
export function reduceKernel(
  { name, inputs, limits }: Pick<ReduceSpec, "name" | "inputs" | "limits">,
  scratchBytes: number,
  body: (f: FunctionBuilder<[]>, item: ItemLocals) => void,
): Kernel {
  const itemBytes = windowsOffset + windowBytes * inputs.length;
  const m = new ModuleBuilder();
  m.importMemory("env", "memory", limits);
  const params = { items: "i32", from: "i32", to: "i32", scratch: "i32" } as const;
  const run = m.func("run", { params }, (f, { items, from, to, scratch }) => {
    const [item, end] = [f.local("i32", "item"), f.local("i32", "end")];
    const field = (what: string, offset: number): Local<"i32"> => {
      const value = f.local("i32", what);
      f.set(value, i32.load(item, { offset }));
      return value;
    };
    f.set(end, i32.add(items, i32.mul(to, itemBytes)));
    f.for(item, i32.add(items, i32.mul(from, itemBytes)), end, itemBytes, () => {
      const numbers = Object.fromEntries(
        Object.entries(layout).map(([what, offset]) => [what, field(what, offset)]),
      ) as Record<keyof typeof layout, Local<"i32">>;
      const walks = inputs.map((operand, k): Walk => {
        const offset = windowsOffset + windowBytes * k;
        return {
          operand,
          start: field(`start${k}`, offset),
          rowStride: field(`rowStride${k}`, offset + 4),
          colStride: field(`colStride${k}`, offset + 8),
        };
      });
      body(f, { ...numbers, walks, scratch });
    });
  });
  m.export("run", run);
  return { name, bytes: m.build(), itemBytes, scratchBytes };
}

/** The expression in each lane, of what `load` reads of the operand number k. */
export function valuesOf(
  f: FunctionBuilder,
  { type, expression }: ReduceSpec,
  load: (k: number) => Vector,
): Local<"v128"> {
  const used = usedInputs(expression);
  return expressionVector(f, type, expression, (index) => {
    const value = f.local("v128", `x${index}`);
    f.set(value, load(used.indexOf(index)));
    return value;
  });
}

/** New locals for a state of that many parts. */
export function stateOf(f: FunctionBuilder, parts: number, name = "state"): State {
  return Array.from({ length: parts }, (_, i) => f.local("v128", `${name}${i}`));
}

/**
 * Stores the first `left` lanes of a finished state, at most as many as there are, `step` bytes
 * apart; where they are adjacent, all at once if `whole`.
 */
export function storeResults(
  f: FunctionBuilder,
  { type, op, out }: Pick<ReduceSpec, "type" | "op" | "out">,
  [value, place]: State,
  at: Address<"i32">,
  step: Local<"i32">,
  left: Local<"i32">,
): void {
  const { lanes } = arithmetics[type];
  const to = f.local("i32", "to");
  f.set(to, at);
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
    const next = f.local("i32", "next");
    f.set(next, i32.add(to, pairPlace));
    storeElements(f, type, type, to, step, value!, left);
    f.set(to, next);
  }
  const places = f.local("v128", "places");
  f.set(places, type === "f64" ? i8x16.shuffle(place!, place!, lowWords) : place!);
  store("i32", places);
}

/** Bytes 0 to 3 and 8 to 11: the lower words of two i64. */
const lowWords = [0, 1, 2, 3, 8, 9, 10, 11, 0, 1, 2, 3, 8, 9, 10, 11];

/** Functions whose code is so long that copies of it would not pay. */
const longOps: ReadonlySet<string> = new Set(["exp", "log", "tanh", "erf", "pow"]);

/** Whether several copies of an item's inner code pay: it is short, and reads whole vectors. */
export function paysToUnroll({ expression, inputs }: ReduceSpec): boolean {
  const steps = expr.schedule(expression);
  const isLong = steps.some(({ node }) => "op" in node && longOps.has(node.op));
  return !isLong && steps.length <= 8 && inputs.every(({ spacing }) => spacing !== "strided");
}
