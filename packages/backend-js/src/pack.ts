/**
 * Packing: a block of A or B is copied into panels in the order in which the micro-kernel reads
 * it. Transposed, strided, broadcast, row-indexed and f16 operands differ only here.
 *
 * A *lane* is a row of A or a column of B. A panel holds four lanes, step by step:
 *
 * ```
 * lane 0: x00 x01 x02 …        panel: x00 x10 x20 x30 | x01 x11 x21 x31 | x02 …
 * lane 1: x10 x11 x12 …
 * lane 2: x20 x21 x22 …        Lanes that are missing, at the edge or because their row index
 * lane 3: x30 x31 x32 …        lies outside of A, are zeros.
 * ```
 */
import { decodeHalf } from "./half.js";
import { tile } from "./params.js";
import type { Lanes } from "./program.js";
import type { Window } from "./window.js";

/** Where the lanes of an operand lie in its array. */
export interface LaneSource {
  readonly window: Window;
  /** Elements from one lane to the next and from one step of k to the next. */
  readonly laneStride: number;
  readonly stepStride: number;
  /** An i32 column: lane i is lane `index[i]` of the window, which has `laneCount`. */
  readonly index?: Window | undefined;
  readonly laneCount: number;
}

/** The rows of A as lanes, through an index if there is one. */
export function rowLanes(a: Window, index?: Window): LaneSource {
  const { rows, rowStride, colStride } = a;
  return { window: a, laneStride: rowStride, stepStride: colStride, index, laneCount: rows };
}

/** The columns of B as lanes. */
export function columnLanes(b: Window): LaneSource {
  const { cols, rowStride, colStride } = b;
  return { window: b, laneStride: colStride, stepStride: rowStride, laneCount: cols };
}

/** Packs steps k…k+kc of lanes `first`…`first + lanes` into whole panels of `to`. */
export function pack(
  source: LaneSource,
  first: number,
  lanes: number,
  k: number,
  kc: number,
  to: Lanes,
): void {
  const { array, dtype } = source.window;
  const { stepStride } = source;
  const half = dtype === "f16";
  for (let lane = 0; lane < lanes; lane += tile) {
    const panel = lane * kc;
    if (source.index === undefined && lane + tile <= lanes) {
      const start = laneStart(source, first + lane, k);
      const packPanel = half ? packHalfPanel : packNumberPanel;
      packPanel(array, start, source.laneStride, stepStride, kc, to, panel);
      continue;
    }
    for (let i = 0; i < tile; i++) {
      const start = lane + i < lanes ? laneStart(source, first + lane + i, k) : -1;
      if (start < 0) clearLane(kc, to, panel + i);
      else if (half) packHalfLane(array, start, stepStride, kc, to, panel + i);
      else packNumberLane(array, start, stepStride, kc, to, panel + i);
    }
  }
}

/** The index of step k of a lane in the array; −1 for a lane of zeros. */
function laneStart(source: LaneSource, position: number, k: number): number {
  const { window, index, laneCount } = source;
  let lane = position;
  if (index !== undefined) {
    lane = index.array[index.offset + position * index.rowStride]!;
    if (lane < 0 || lane >= laneCount) return -1;
  }
  return window.offset + lane * source.laneStride + k * source.stepStride;
}

type PackPanel = (
  from: Window["array"],
  start: number,
  laneStride: number,
  stepStride: number,
  kc: number,
  to: Lanes,
  at: number,
) => void;

const packNumberPanel: PackPanel = (from, start, laneStride, stepStride, kc, to, at) => {
  let p0 = start;
  let p1 = p0 + laneStride;
  let p2 = p1 + laneStride;
  let p3 = p2 + laneStride;
  const end = at + tile * kc;
  for (let q = at; q < end; q += tile) {
    to[q] = from[p0]!;
    to[q + 1] = from[p1]!;
    to[q + 2] = from[p2]!;
    to[q + 3] = from[p3]!;
    p0 += stepStride;
    p1 += stepStride;
    p2 += stepStride;
    p3 += stepStride;
  }
};

const packHalfPanel: PackPanel = (from, start, laneStride, stepStride, kc, to, at) => {
  for (let i = 0; i < tile; i++) {
    packHalfLane(from, start + i * laneStride, stepStride, kc, to, at + i);
  }
};

function packNumberLane(
  from: Window["array"],
  start: number,
  stepStride: number,
  kc: number,
  to: Lanes,
  at: number,
): void {
  const end = at + tile * kc;
  for (let q = at, p = start; q < end; q += tile, p += stepStride) to[q] = from[p]!;
}

function packHalfLane(
  from: Window["array"],
  start: number,
  stepStride: number,
  kc: number,
  to: Lanes,
  at: number,
): void {
  const end = at + tile * kc;
  for (let q = at, p = start; q < end; q += tile, p += stepStride) to[q] = decodeHalf(from[p]!);
}

function clearLane(kc: number, to: Lanes, at: number): void {
  const end = at + tile * kc;
  for (let q = at; q < end; q += tile) to[q] = 0;
}
