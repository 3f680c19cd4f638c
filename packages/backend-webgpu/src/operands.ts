import { BlkError, type DType, type MatrixView } from "@blk/core";
import type { Buffers, GpuBuffer } from "./buffers.js";

/** One view that a kernel reads or writes. */
export interface Operand {
  readonly view: MatrixView;
  readonly isWritten: boolean;
}

/** How the memory of one buffer is declared. */
export type SlotType = "f32" | "i32" | "f16" | "mixed";

/** One buffer of a kernel. WebGPU lets a dispatch bind a buffer once if it is written. */
export interface Slot {
  readonly type: SlotType;
  readonly isWritten: boolean;
}

/** Where an operand lies. */
export interface Place {
  readonly slot: number;
  readonly dtype: DType;
  readonly isWritten: boolean;
}

/**
 * Which buffer each operand of a call lies in: operands in the same buffer share a slot. Calls with
 * equal keys can use the same kernel.
 */
export interface Bindings {
  readonly slots: readonly Slot[];
  /** The slot and element type of each operand, in the order given. */
  readonly operands: readonly Place[];
  /** Equal for equal slots and operands: `0f32 0f32 1f32w`. */
  readonly key: string;
  readonly buffers: readonly GpuBuffer[];
}

/** Who knows the buffers of views. */
export type BufferFinder = Pick<Buffers, "ofView">;

/** Finds the slots of operands. Throws `DISPOSED`, `BACKEND_MISMATCH`, `BOUNDS`, `UNSUPPORTED` for f64. */
export function bind(
  buffers: BufferFinder,
  operands: readonly Operand[],
  operation: string,
): Bindings {
  const found: { buffer: GpuBuffer; type: SlotType; isWritten: boolean }[] = [];
  const places = operands.map(({ view, isWritten }) => {
    const buffer = buffers.ofView(view, operation);
    const { dtype } = view;
    if (dtype === "f64") throw noDoubles(operation);
    let slot = found.findIndex((each) => each.buffer === buffer);
    if (slot < 0) slot = found.push({ buffer, type: dtype, isWritten }) - 1;
    const each = found[slot]!;
    if (each.type !== dtype) each.type = "mixed";
    each.isWritten ||= isWritten;
    return { slot, dtype, isWritten };
  });
  const key = places
    .map(({ slot, dtype, isWritten }) => `${slot}${dtype}${isWritten ? "w" : ""}`)
    .join("_");
  return {
    slots: found.map(({ type, isWritten }) => ({ type, isWritten })),
    operands: places,
    key,
    buffers: found.map(({ buffer }) => buffer),
  };
}

function noDoubles(operation: string): BlkError {
  return new BlkError(
    "UNSUPPORTED",
    `${operation}: f64 does not exist on WebGPU; use f32, or a backend that has it such as wasm() or js()`,
  );
}

/** Words of a window's description: offset, row stride, column stride, in elements. */
export const windowWords = 3;
