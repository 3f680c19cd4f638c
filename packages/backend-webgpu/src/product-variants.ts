import type { MatrixView, Term } from "@blk/core";
import type { Kernel } from "./kernel.js";
import type { Task } from "./kernel-tasks.js";
import { gemmCode } from "./kernels/gemm.js";
import { partsCode, partsElements } from "./kernels/gemm-parts.js";
import { gemvCode } from "./kernels/gemv.js";
import type { KnownExpression } from "./known-expressions.js";
import { type Bindings, type BufferFinder, bind } from "./operands.js";
import { type GemmTile, type GemvTile, halfStrip, halfTile, tileName } from "./params.js";
import { mode, taskOf, termsOf } from "./product-table.js";
import type { ComputeType } from "./wgsl/expression.js";
import { Memory } from "./wgsl/memory.js";
import type { DeviceTraits } from "./workspace.js";

/** Where the buffers of a task are found, and how it may be computed there. */
export interface Place {
  readonly buffers: BufferFinder;
  readonly traits: Pick<DeviceTraits, "halfArithmetic">;
}

/** One part of a call of `multiply`, and the kernel that it needs. */
export interface ProductTask extends Task {
  /** The grammatical name of the kernel's variant, without epilogue and buffers. */
  readonly variant: string;
  readonly type: ComputeType;
  generate(epilogue: KnownExpression | undefined): Omit<Kernel, "name">;
}

/** `c ← Σ terms` before and after the scalars and the epilogue: what all kinds of tasks have. */
export interface TaskResult {
  readonly type: ComputeType;
  readonly c: MatrixView;
  /** Those of the epilogue. */
  readonly operands: readonly MatrixView[];
}

/** A task of tiles. All terms lie in the same buffers, and all or none have rows by index. */
export function gemmTask(
  place: Place,
  { type, c, operands }: TaskResult,
  terms: readonly Term[],
  wanted: GemmTile,
): ProductTask {
  const isHalf = place.traits.halfArithmetic && terms.every(hasHalfFactors);
  const tile = isHalf ? halfTile(wanted) : wanted;
  const arithmetic = isHalf ? "f16" : type;
  const { bindings, hasRows } = bindTerms(place, terms, c, operands);
  const modes = terms.map(({ a, b, rows }) => ({
    modeA: modeOf(a.offset, a.rowStride, a.colStride, a.cols, rows === undefined),
    modeB: modeOf(b.offset, b.colStride, b.rowStride, b.rows, true),
  }));
  const contiguous = new Set<number>();
  if (tile.vectors !== false) {
    if (modes.every(({ modeA }) => (modeA & mode.vectors) !== 0)) contiguous.add(0);
    if (modes.every(({ modeB }) => (modeB & mode.vectors) !== 0)) contiguous.add(1);
  }
  const wide = wideSlots(bindings, contiguous);
  const [isWideA, isWideB] = [0, 1].map((i) => wide.has(bindings.operands[i]!.slot));
  const list = terms.map((term, t) => ({
    ...term,
    modeA: modes[t]!.modeA & (isWideA ? ~0 : ~mode.vectors),
    modeB: modes[t]!.modeB & (isWideB ? ~0 : ~mode.vectors),
  }));
  const loads = loadsName(bindings, wide);
  return {
    variant: `gemm_${type}_${tileName(tile)}${isHalf ? `_h${halfStrip}` : ""}_${loads}${hasRows ? "_rows" : ""}`,
    type,
    bindings,
    tiles: Math.ceil(c.rows / tile.rows) * Math.ceil(c.cols / tile.cols),
    words: taskOf(c, operands, list.length, 0),
    list: { at: 3, words: termsOf(list) },
    generate(epilogue) {
      const memory = new Memory(bindings, wide);
      const at = hasRows ? 3 : 2;
      const kernel = { type, memory, c: at, operands: operands.length, epilogue };
      return { code: gemmCode({ ...kernel, tile, hasRows, arithmetic }), writes: memory.writes };
    },
  };
}

function hasHalfFactors({ a, b }: Term): boolean {
  return a.dtype === "f16" && b.dtype === "f16";
}

/** A task of a matrix and at most four columns, whose terms have no rows by index. */
export function gemvTask(
  place: Place,
  { type, c, operands }: TaskResult,
  terms: readonly Term[],
  tile: GemvTile,
): ProductTask {
  const { bindings } = bindTerms(place, terms, c, operands);
  const list = terms.map((term) => {
    const { offset, rowStride, colStride, cols } = term.a;
    return { ...term, modeA: modeOf(offset, rowStride, colStride, cols, true), modeB: 0 };
  });
  const wanted = new Set<number>();
  // The matrix is what takes time: vectors are read as such beside it, not in a kernel of their own.
  if (list.every(({ modeA }) => modeA === mode.vectors)) {
    wanted.add(0);
    if (terms.every(({ b }) => hasVectorsAlongK(b))) wanted.add(1);
  }
  const wide = wideSlots(bindings, wanted);
  const loads = loadsName(bindings, wide);
  const columns = c.cols === 1 ? 1 : 4;
  return {
    variant: `gemv_${type}_${tile.rows}x${tile.lanes}_n${columns}_${loads}`,
    type,
    bindings,
    tiles: Math.ceil(c.rows / tile.rows),
    words: taskOf(c, operands, list.length, 0),
    list: { at: 3, words: termsOf(list) },
    generate(epilogue) {
      const memory = new Memory(bindings, wide);
      const kernel = { type, memory, c: 2, operands: operands.length, epilogue };
      return { code: gemvCode({ ...kernel, tile, columns }), writes: memory.writes };
    },
  };
}

/** A task that adds planes of partial sums; without any the sum is zero. */
export function combineTask(
  { buffers }: Place,
  { type, c, operands }: TaskResult,
  planes: { readonly first: MatrixView; readonly count: number } | undefined,
): ProductTask {
  const views = planes === undefined ? [c, ...operands] : [planes.first, c, ...operands];
  const bound = views.map((view) => ({ view, isWritten: view === c }));
  const bindings = bind(buffers, bound, "multiply");
  return {
    variant: `gemm_parts_${type}${planes === undefined ? "_none" : ""}`,
    type,
    bindings,
    tiles: Math.ceil((c.rows * c.cols) / partsElements),
    words: taskOf(c, operands, planes?.count ?? 0, planes?.first.offset ?? 0),
    generate(epilogue) {
      const memory = new Memory(bindings);
      const at = planes === undefined ? 0 : 1;
      const kernel = { type, memory, c: at, operands: operands.length, epilogue };
      return { code: partsCode(kernel, planes !== undefined), writes: memory.writes };
    },
  };
}

function bindTerms(
  { buffers }: Place,
  terms: readonly Term[],
  c: MatrixView,
  operands: readonly MatrixView[],
): { readonly bindings: Bindings; readonly hasRows: boolean } {
  const [{ a, b, rows }] = terms as [Term];
  const views = [a, b, ...(rows === undefined ? [] : [rows]), c, ...operands];
  const bound = views.map((view) => ({ view, isWritten: view === c }));
  const bindings = bind(buffers, bound, "multiply");
  for (const each of terms.slice(1)) {
    buffers.ofView(each.a, "multiply");
    buffers.ofView(each.b, "multiply");
    if (each.rows !== undefined) buffers.ofView(each.rows, "multiply");
  }
  return { bindings, hasRows: rows !== undefined };
}

/**
 * How invocations go through a factor. Its lines are the rows of a or the columns of b; where they
 * do not follow one another evenly, but by an index, it goes along k.
 */
function modeOf(
  offset: number,
  lineStride: number,
  stepStride: number,
  k: number,
  hasEvenLines: boolean,
): number {
  const isAlongK = stepStride === 1 && k > 1;
  const isAcross = hasEvenLines && !isAlongK && Math.abs(lineStride) < Math.abs(stepStride);
  const [unit, pitch] = isAcross ? [lineStride, stepStride] : [stepStride, lineStride];
  const isAligned = unit === 1 && pitch % 4 === 0 && offset % 4 === 0;
  return (isAcross ? mode.acrossK : 0) | (isAligned ? mode.vectors : 0);
}

/** Whether four steps of a factor's columns are one vector in memory. */
function hasVectorsAlongK({ offset, rowStride, colStride, cols }: MatrixView): boolean {
  return rowStride === 1 && offset % 4 === 0 && (cols === 1 || colStride % 4 === 0);
}

/** Which factors are read as vectors, in a kernel's name. */
function loadsName({ operands }: Bindings, wide: ReadonlySet<number>): string {
  const [isWideA, isWideB] = [0, 1].map((i) => wide.has(operands[i]!.slot));
  return isWideA ? (isWideB ? "v4" : "v4a") : isWideB ? "v4b" : "v1";
}

/** The slots that can be declared as vectors: only read, of one type, all their operands wanted so. */
function wideSlots({ slots, operands }: Bindings, wanted: ReadonlySet<number>): Set<number> {
  const wide = new Set<number>();
  for (const operand of wanted) {
    const { slot } = operands[operand]!;
    const { isWritten, type } = slots[slot]!;
    if (isWritten || type === "mixed") continue;
    if (operands.every((each, i) => each.slot !== slot || wanted.has(i))) wide.add(slot);
  }
  return wide;
}
