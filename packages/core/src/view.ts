import type { DeviceBuffer, MatrixView } from "./backend.js";
import { bytesPerElement, type DType } from "./dtype.js";
import { BlkError } from "./errors.js";

/** A window on a whole, row by row, without gaps. */
export function denseView(
  buffer: DeviceBuffer,
  dtype: DType,
  rows: number,
  cols: number,
  offset = 0,
): MatrixView {
  return { buffer, dtype, rows, cols, offset, rowStride: cols, colStride: 1 };
}

/** The window of `rows`×`cols` elements that starts at (row, col) of `view`. Throws `BOUNDS`. */
export function windowView(
  view: MatrixView,
  row: number,
  col: number,
  rows: number,
  cols: number,
): MatrixView {
  if (!isWithin(row, rows, view.rows) || !isWithin(col, cols, view.cols)) {
    throw new BlkError(
      "BOUNDS",
      `window: ${rows}×${cols} at (${row}, ${col}) does not lie inside of ${view.rows}×${view.cols}; ${windowRemedy(view, row, col)}`,
    );
  }
  // An empty window has no first element: its place must not lie beyond the end of the buffer.
  const isEmpty = rows === 0 || cols === 0;
  const offset = isEmpty ? view.offset : view.offset + row * view.rowStride + col * view.colStride;
  const { buffer, dtype, rowStride, colStride } = view;
  return { buffer, dtype, rows, cols, offset, rowStride, colStride };
}

function windowRemedy({ rows, cols }: MatrixView, row: number, col: number): string {
  const begins = isWithin(row, 0, rows) && isWithin(col, 0, cols);
  return begins
    ? `at most ${rows - row}×${cols - col} begin there`
    : "count from 0, and keep to whole numbers";
}

/** Whether `length` positions from `start` lie in 0 … `size`, and all are whole numbers. */
function isWithin(start: number, length: number, size: number): boolean {
  const isWhole = Number.isInteger(start) && Number.isInteger(length);
  return isWhole && start >= 0 && length >= 0 && start + length <= size;
}

/** The transpose: the same memory with the strides swapped. */
export function transposeView(view: MatrixView): MatrixView {
  const { buffer, dtype, rows: cols, cols: rows, offset } = view;
  const { rowStride: colStride, colStride: rowStride } = view;
  return { buffer, dtype, rows, cols, offset, rowStride, colStride };
}

/** `view` repeated to `rows`×`cols` by strides of 0; its own sizes must be those or 1. */
export function broadcastView(view: MatrixView, rows: number, cols: number): MatrixView {
  if ((view.rows !== rows && view.rows !== 1) || (view.cols !== cols && view.cols !== 1)) {
    throw new BlkError(
      "SHAPE",
      `broadcast: ${view.rows}×${view.cols} does not repeat to ${rows}×${cols}; each size must be equal or 1`,
    );
  }
  if (view.rows === rows && view.cols === cols) return view;
  const { buffer, dtype, offset } = view;
  const rowStride = view.rows === rows ? view.rowStride : 0;
  const colStride = view.cols === cols ? view.colStride : 0;
  return { buffer, dtype, rows, cols, offset, rowStride, colStride };
}

/** Whether the elements lie row by row without gaps. */
export function isContiguous(view: MatrixView): boolean {
  return (
    (view.colStride === 1 || view.cols <= 1) && (view.rowStride === view.cols || view.rows <= 1)
  );
}

/** The elements between which all of `view` lies: [first, end), empty for a view of size zero. */
export function viewExtent(view: MatrixView): readonly [first: number, end: number] {
  if (view.rows === 0 || view.cols === 0) return [view.offset, view.offset];
  const down = (view.rows - 1) * view.rowStride;
  const across = (view.cols - 1) * view.colStride;
  return [
    view.offset + Math.min(0, down) + Math.min(0, across),
    view.offset + Math.max(0, down) + Math.max(0, across) + 1,
  ];
}

/** Bytes of the elements that a view names, each counted once even where it is broadcast. */
export function viewBytes(view: MatrixView): number {
  const rows = view.rowStride === 0 ? Math.min(1, view.rows) : view.rows;
  const cols = view.colStride === 0 ? Math.min(1, view.cols) : view.cols;
  return rows * cols * bytesPerElement(view.dtype);
}

/** Whether two views are the same: each element of one is the same element of the other. */
export function sameView(x: MatrixView, y: MatrixView): boolean {
  return (
    x.buffer === y.buffer &&
    x.dtype === y.dtype &&
    x.rows === y.rows &&
    x.cols === y.cols &&
    x.offset === y.offset &&
    x.rowStride === y.rowStride &&
    x.colStride === y.colStride
  );
}

/**
 * Whether two views share an element. Exact where both are windows on rows of one common length
 * (or transposes of such); otherwise they count as overlapping as soon as their extents do.
 */
export function viewsOverlap(x: MatrixView, y: MatrixView): boolean {
  if (x.buffer !== y.buffer) return false;
  const size = bytesPerElement(x.dtype) === bytesPerElement(y.dtype);
  if (!size) return extentsOverlap(x, y, bytesPerElement(x.dtype), bytesPerElement(y.dtype));
  if (!extentsOverlap(x, y, 1, 1)) return false;
  const a = rectangleOf(x);
  const b = rectangleOf(y);
  const pitch = Math.max(a.pitch, b.pitch);
  const isOneRow = (r: Rectangle): boolean => r.rows === 1;
  const samePitch = (a.pitch === pitch || isOneRow(a)) && (b.pitch === pitch || isOneRow(b));
  if (!a.exact || !b.exact || !samePitch || pitch === 0) return true;
  // Element p of row i of a is element q of row j of b if (i − j)·pitch = b.offset − a.offset + q − p.
  const distance = b.offset - a.offset;
  const fewest = Math.max(Math.ceil((distance - a.cols + 1) / pitch), 1 - b.rows);
  const most = Math.min(Math.floor((distance + b.cols - 1) / pitch), a.rows - 1);
  return fewest <= most;
}

/**
 * Whether an output shares an element with an input or with another output. Views are compared
 * only where they can meet: where their extents do or, if all are windows on rows of one common
 * length, where their columns do, whichever leaves fewer pairs. A sweep over the sorted ends of
 * these ranges finds the pairs.
 */
export function outputsOverlap(
  outputs: readonly MatrixView[],
  inputs: readonly MatrixView[],
): boolean {
  const [only] = outputs;
  if (only !== undefined && outputs.length === 1) {
    return inputs.some((view) => viewsOverlap(only, view));
  }
  const byBuffer = new Map<DeviceBuffer, Candidate[]>();
  for (const view of outputs) {
    const list = byBuffer.get(view.buffer);
    if (list === undefined) byBuffer.set(view.buffer, [{ view, isOutput: true }]);
    else list.push({ view, isOutput: true });
  }
  for (const view of inputs) byBuffer.get(view.buffer)?.push({ view, isOutput: false });
  return [...byBuffer.values()].some(candidatesOverlap);
}

interface Candidate {
  readonly view: MatrixView;
  readonly isOutput: boolean;
}

/** A range of a candidate; candidates whose ranges are disjoint share no element. */
interface Span extends Candidate {
  readonly first: number;
  readonly end: number;
}

function candidatesOverlap(all: readonly Candidate[]): boolean {
  const candidates = all.filter(({ view }) => view.rows > 0 && view.cols > 0);
  const extents = candidates.map((candidate): Span => {
    const [first, end] = viewExtent(candidate.view);
    const size = bytesPerElement(candidate.view.dtype);
    return { ...candidate, first: first * size, end: end * size };
  });
  const most = pairCount(extents);
  if (most === 0) return false;
  const columns = columnSpans(candidates);
  return sweep(columns !== undefined && pairCount(columns) < most ? columns : extents);
}

/** The columns of each window, if all are windows on rows of one common length. */
function columnSpans(candidates: readonly Candidate[]): readonly Span[] | undefined {
  const rectangles = candidates.map(({ view }) => rectangleOf(view));
  const pitch = rectangles.reduce((most, rectangle) => Math.max(most, rectangle.pitch), 0);
  const size = bytesPerElement((candidates[0] as Candidate).view.dtype);
  const spans: Span[] = [];
  for (const [i, candidate] of candidates.entries()) {
    const { offset, rows, cols, pitch: own, exact } = rectangles[i] as Rectangle;
    const first = offset % pitch;
    const fits = exact && (rows === 1 || own === pitch) && first + cols <= pitch;
    if (!fits || bytesPerElement(candidate.view.dtype) !== size) return undefined;
    spans.push({ ...candidate, first, end: first + cols });
  }
  return spans;
}

/** Number of pairs of spans that meet: all but those of which one ends before the other begins. */
function pairCount(spans: readonly Span[]): number {
  const starts = Float64Array.from(spans, ({ first }) => first).sort();
  const ends = Float64Array.from(spans, ({ end }) => end).sort();
  let pairs = 0;
  let ended = 0;
  starts.forEach((start, begun) => {
    while ((ends[ended] as number) <= start) ended++;
    pairs += begun - ended;
  });
  return pairs;
}

function sweep(spans: readonly Span[]): boolean {
  // Those that began before the current one and may reach into it.
  let outputs: Span[] = [];
  let inputs: Span[] = [];
  for (const span of [...spans].sort((x, y) => x.first - y.first)) {
    const reaches = ({ end }: Span): boolean => end > span.first;
    const meets = ({ view }: Span): boolean => viewsOverlap(view, span.view);
    outputs = outputs.filter(reaches);
    if (outputs.some(meets)) return true;
    if (span.isOutput) {
      inputs = inputs.filter(reaches);
      if (inputs.some(meets)) return true;
      outputs.push(span);
    } else {
      inputs.push(span);
    }
  }
  return false;
}

interface Rectangle {
  readonly offset: number;
  readonly rows: number;
  readonly cols: number;
  /** Distance of neighbouring rows. */
  readonly pitch: number;
  readonly exact: boolean;
}

/** A view as rows of adjacent elements, whichever way round it is. */
function rectangleOf(view: MatrixView): Rectangle {
  const { offset } = view;
  const isAcross = Math.abs(view.colStride) <= Math.abs(view.rowStride) || view.cols <= 1;
  const across = isAcross && !(view.cols <= 1 && view.rowStride === 1 && view.rows > 1);
  const [rows, cols] = across ? [view.rows, view.cols] : [view.cols, view.rows];
  const [pitch, step] = across
    ? [view.rowStride, view.colStride]
    : [view.colStride, view.rowStride];
  const exact = (step === 1 || cols <= 1) && (pitch > 0 || rows <= 1);
  return { offset, rows, cols, pitch: rows <= 1 ? 0 : pitch, exact };
}

function extentsOverlap(x: MatrixView, y: MatrixView, sizeX: number, sizeY: number): boolean {
  const [firstX, endX] = viewExtent(x);
  const [firstY, endY] = viewExtent(y);
  return (
    firstX * sizeX < endY * sizeY && firstY * sizeY < endX * sizeX && endX > firstX && endY > firstY
  );
}
