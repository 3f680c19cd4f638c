import { bytesPerElement, type Expr, expr } from "@blk/core";
import {
  type FunctionBuilder,
  i32,
  type Local,
  type MemoryLimits,
  ModuleBuilder,
} from "../assembler/index.js";
import type { Kernel } from "../kernel.js";
import { windowBytes } from "../window.js";
import { arithmetics, type ComputeType } from "./arithmetic.js";
import { costOf } from "./cost.js";
import {
  loadAdjacent,
  loadRepeated,
  loadStrided,
  type Operand,
  storeAdjacent,
  storeElements,
  toStored,
} from "./elements.js";
import { expressionVectors } from "./expression.js";
import { defineRun } from "./items.js";
import { repeat } from "./loops.js";
import type { Vector } from "./vector.js";

export type { Operand, Spacing } from "./elements.js";

/** What a map kernel is generated for. */
export interface MapSpec {
  readonly expressions: readonly Expr[];
  /** The type of arithmetic: that of the outs (f32 for f16), or f64 for outs of f32 or f16. */
  readonly type: ComputeType;
  /** One for each expression; not repeated. */
  readonly outs: readonly Operand[];
  /** The operands of the expressions, by index. */
  readonly inputs: readonly Operand[];
  readonly limits: MemoryLimits;
}

/** Parameters of the export `tile`. */
export const tileParams = {
  windows: "i32",
  row: "i32",
  col: "i32",
  rows: "i32",
  cols: "i32",
} as const;

/** Bytes of an item of a map kernel: rows, cols, and the windows of each out and input. */
export function mapItemBytes(operands: number): number {
  return 8 + windowBytes * operands;
}

/**
 * `outs[k][i, j] ← expressions[k](inputs[i, j])`: a module that exports
 *
 * - `tile(windows, row, col, rows, cols)`, which computes the rows×cols elements from (row, col)
 *   on; `windows` is the address of the descriptions of the outs, input 0, input 1, …;
 * - `run(items, from, to, scratch)` for items of `{ rows, cols, windows… }`, whole windows each.
 *
 * | operand | loads and stores |
 * |---|---|
 * | adjacent | a vector at a time; inputs are read up to 24 bytes beyond the end of a row |
 * | repeated | an input is read once a row |
 * | strided | element by element |
 *
 * Each element of an out is computed once, and written after the inputs of its vector are read: an
 * input may be the same window as an out, and else must not overlap it. What the expressions do
 * not read is not read.
 */
export function mapKernel(name: string, spec: MapSpec): Kernel {
  const m = new ModuleBuilder();
  m.importMemory("env", "memory", spec.limits);
  const tile = m.func("tile", { params: tileParams }, (f, p) => writeTile(f, p, spec));
  const itemBytes = mapItemBytes(spec.outs.length + spec.inputs.length);
  m.export("tile", tile);
  defineRun(m, itemBytes, (f) => (at) => {
    const [rows, cols] = [i32.load(at), i32.load(at, { offset: 4 })];
    f.do(tile.call({ windows: i32.add(at, 8), row: 0, col: 0, rows, cols }));
  });
  return { name, bytes: m.build(), itemBytes, scratchBytes: 0 };
}

/** An operand while its rows are walked through. */
interface Walk {
  readonly operand: Operand;
  /** Addresses of the row's first element, and of the next element. */
  readonly start: Local<"i32">;
  readonly at: Local<"i32">;
  readonly rowStride: Local<"i32">;
  readonly colStride: Local<"i32">;
}

type TileParameters = Readonly<Record<keyof typeof tileParams, Local<"i32">>>;

function writeTile(f: FunctionBuilder, p: TileParameters, spec: MapSpec): void {
  const { expressions, type, outs, inputs } = spec;
  const { lanes } = arithmetics[type];
  const targets = outs.map((out, k) => walk(f, p, out, k));
  const sources = new Map(
    usedInputs(expressions).map((i) => [i, walk(f, p, inputs[i]!, outs.length + i)]),
  );
  const walks = [...targets, ...sources.values()];
  const repeated = new Map<number, Local<"v128">>();
  const left = f.local("i32");

  /** Computes what `load` reads, and then stores it. */
  const compute = (
    load: (source: Walk) => Vector,
    store: (target: Walk, stored: Local<"v128">) => void,
  ): void => {
    const input = (index: number): Local<"v128"> =>
      repeated.get(index) ?? f.hold(load(sources.get(index)!));
    const values = expressionVectors(f, type, expressions, input);
    const stored = values.map((value, k) => toStored(f, outs[k]!.dtype, type, value));
    for (const [k, target] of targets.entries()) store(target, stored[k]!);
  };

  /** Several vectors of adjacent elements: offsets instead of counting for each. */
  const writeWide = (vectors: number): void => {
    for (let v = 0; v < vectors; v++) {
      compute(
        ({ operand, at }) => loadAdjacent(f, operand, type, at, v),
        ({ operand, at }, stored) => f.do(storeAdjacent(operand.dtype, type, at, stored, v)),
      );
    }
    advance(f, walks, vectors * lanes);
    f.sub(left, vectors * lanes);
  };

  /** One vector, or what is left of the row. */
  const writeNarrow = (): void => {
    compute(
      ({ operand, at, colStride }) =>
        operand.spacing === "strided"
          ? loadStrided(f, operand, type, at, colStride, left)
          : loadAdjacent(f, operand, type, at),
      ({ operand: { dtype, spacing }, at, colStride }, stored) => {
        if (spacing === "strided") {
          storeElements(f, dtype, type, at, colStride, stored, left);
        } else {
          f.if(
            i32.geS(left, lanes),
            () => f.do(storeAdjacent(dtype, type, at, stored)),
            () => storeElements(f, dtype, type, at, bytesPerElement(dtype), stored, left),
          );
        }
      },
    );
    advance(f, walks, lanes);
    f.sub(left, lanes);
  };

  const vectors = vectorsAtOnce(expressions, walks);
  f.if(i32.gtS(p.rows, 0), () => {
    f.loop((nextRow) => {
      for (const { start, at } of walks) f.set(at, start);
      for (const [index, { operand, at }] of sources) {
        if (operand.spacing !== "repeated") continue;
        const value = repeated.get(index) ?? f.local("v128");
        f.set(value, loadRepeated(f, operand, type, at));
        repeated.set(index, value);
      }
      f.set(left, p.cols);
      if (vectors > 1) repeat(f, i32.geS(left, vectors * lanes), () => writeWide(vectors));
      repeat(f, i32.gtS(left, 0), writeNarrow);
      for (const { start, rowStride } of walks) f.add(start, rowStride);
      f.sub(p.rows, 1);
      f.brIf(nextRow, p.rows);
    });
  });
}

/** The operands that expressions read. */
export function usedInputs(expressions: readonly Expr[]): readonly number[] {
  return expr
    .scheduleAll(expressions)
    .steps.flatMap(({ node }) => (node.kind === "input" ? node.index : []));
}

/** Reads the description of a window, and goes to the tile's first element. */
function walk(f: FunctionBuilder, p: TileParameters, operand: Operand, place: number): Walk {
  const word = (offset: number): Local<"i32"> =>
    f.hold(i32.load(p.windows, { offset: windowBytes * place + offset }));
  const [start, rowStride, colStride] = [word(0), word(4), word(8)];
  f.add(start, i32.mul(p.row, rowStride));
  f.add(start, i32.mul(p.col, colStride));
  return { operand, start, at: f.local("i32"), rowStride, colStride };
}

/** Goes on by some adjacent elements; strided ones have been passed where they were read. */
function advance(f: FunctionBuilder, walks: readonly Walk[], count: number): void {
  for (const { operand, at } of walks) {
    if (operand.spacing !== "adjacent") continue;
    f.add(at, count * bytesPerElement(operand.dtype));
  }
}

/** Vectors in a round of the main loop. */
function vectorsAtOnce(expressions: readonly Expr[], walks: readonly Walk[]): number {
  const isStrided = walks.some(({ operand }) => operand.spacing === "strided");
  return isStrided || costOf(expressions).steps > 16 ? 1 : 4;
}
