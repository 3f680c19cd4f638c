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
import { expressionVector } from "./expression.js";
import { defineRun } from "./items.js";
import { repeat } from "./loops.js";
import type { Vector } from "./vector.js";

export type { Operand, Spacing } from "./elements.js";

/** What a map kernel is generated for. */
export interface MapSpec {
  readonly expression: Expr;
  /** The type of arithmetic: that of `out` (f32 for f16), or f64 for an `out` of f32 or f16. */
  readonly type: ComputeType;
  /** Not repeated. */
  readonly out: Operand;
  /** The operands of the expression, by index. */
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

/** Bytes of an item of a map kernel: rows, cols, and the windows of out and of each input. */
export function mapItemBytes(inputs: number): number {
  return 8 + windowBytes * (1 + inputs);
}

/**
 * `out[i, j] ← expression(inputs[i, j])`: a module that exports
 *
 * - `tile(windows, row, col, rows, cols)`, which computes the rows×cols elements from (row, col)
 *   on; `windows` is the address of the descriptions of out, input 0, input 1, …;
 * - `run(items, from, to, scratch)` for items of `{ rows, cols, windows… }`, whole windows each.
 *
 * | operand | loads and stores |
 * |---|---|
 * | adjacent | a vector at a time; inputs are read up to 24 bytes beyond the end of a row |
 * | repeated | an input is read once a row |
 * | strided | element by element |
 *
 * Each element of out is computed once, and written after the inputs of its vector are read: an
 * input may be the same window as `out`, and else must not overlap it. What the expression does
 * not read is not read.
 */
export function mapKernel(name: string, spec: MapSpec): Kernel {
  const m = new ModuleBuilder();
  m.importMemory("env", "memory", spec.limits);
  const tile = m.func("tile", { params: tileParams }, (f, p) => writeTile(f, p, spec));
  const itemBytes = mapItemBytes(spec.inputs.length);
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
  const { expression, type, out, inputs } = spec;
  const { lanes } = arithmetics[type];
  const target = walk(f, p, out, 0);
  const sources = new Map(usedInputs(expression).map((i) => [i, walk(f, p, inputs[i]!, i + 1)]));
  const walks = [target, ...sources.values()];
  const repeated = new Map<number, Local<"v128">>();
  const left = f.local("i32");
  const outBytes = bytesPerElement(out.dtype);

  /** Computes what `load` reads. */
  const compute = (load: (source: Walk) => Vector): Local<"v128"> => {
    const input = (index: number): Local<"v128"> =>
      repeated.get(index) ?? f.hold(load(sources.get(index)!));
    const value = expressionVector(f, type, expression, input);
    return toStored(f, out.dtype, type, value);
  };

  /** Several vectors of adjacent elements: offsets instead of counting for each. */
  const writeWide = (vectors: number): void => {
    for (let v = 0; v < vectors; v++) {
      const stored = compute(({ operand, at }) => loadAdjacent(f, operand, type, at, v));
      f.do(storeAdjacent(out.dtype, type, target.at, stored, v));
    }
    advance(f, walks, vectors * lanes);
    f.sub(left, vectors * lanes);
  };

  /** One vector, or what is left of the row. */
  const writeNarrow = (): void => {
    const stored = compute(({ operand, at, colStride }) =>
      operand.spacing === "strided"
        ? loadStrided(f, operand, type, at, colStride, left)
        : loadAdjacent(f, operand, type, at),
    );
    if (out.spacing === "strided") {
      storeElements(f, out.dtype, type, target.at, target.colStride, stored, left);
    } else {
      f.if(
        i32.geS(left, lanes),
        () => f.do(storeAdjacent(out.dtype, type, target.at, stored)),
        () => storeElements(f, out.dtype, type, target.at, outBytes, stored, left),
      );
    }
    advance(f, walks, lanes);
    f.sub(left, lanes);
  };

  const vectors = vectorsAtOnce(spec, [...sources.values()]);
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

/** The operands that an expression reads. */
export function usedInputs(expression: Expr): readonly number[] {
  return expr.schedule(expression).flatMap(({ node }) => (node.kind === "input" ? node.index : []));
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
function vectorsAtOnce({ expression, out }: MapSpec, sources: readonly Walk[]): number {
  const isStrided = [out, ...sources.map(({ operand }) => operand)].some(
    ({ spacing }) => spacing === "strided",
  );
  return isStrided || costOf(expression).steps > 16 ? 1 : 4;
}
