import type { Elementwise, MatrixView } from "../backend.js";
import { allocateMatrix, type BlockMatrix } from "../block-matrix.js";
import { BlockPattern, type BlockPosition } from "../block-pattern.js";
import { constant, input } from "../expression/build.js";
import type { Layout } from "../matrix-options.js";
import { Partition } from "../partition.js";
import type { Storage } from "../storage.js";
import { windowView } from "../view.js";
import { commonBackend } from "./operands.js";

/** A block of a matrix and where its first element goes. */
export interface Placement {
  readonly view: MatrixView;
  readonly row: number;
  readonly col: number;
}

/** The present blocks of `a` as placements, shifted by an offset. */
export function placementsOf(
  operation: string,
  a: BlockMatrix,
  row = 0,
  col = 0,
): readonly Placement[] {
  const { rowPartition, colPartition } = a;
  const storage = a.storage(operation);
  if (storage.kind === "dense") return [{ view: storage.view, row, col }];
  return [...storage.pattern.positions()].map((position, i) => ({
    view: storage.views[i] as MatrixView,
    row: row + rowPartition.start(position.row),
    col: col + colPartition.start(position.col),
  }));
}

/** A new matrix made of disjoint copies; what none of them covers is zero or, in absent blocks, absent. */
export function copyBlocks(
  operation: string,
  sources: readonly BlockMatrix[],
  placements: readonly Placement[],
  layout: Layout,
): BlockMatrix {
  const backend = commonBackend(operation, sources);
  const dtype = (sources[0] as BlockMatrix).dtype;
  return allocateMatrix(backend, dtype, layout, operation, (result) => {
    const { zeros, copies } = copyTasks(result.storage(operation), layout, placements);
    if (zeros.length > 0) backend.map(zeros, constant(0));
    if (copies.length > 0) backend.map(copies, input(0));
  });
}

/** The blocks that a placement meets, none of them empty, by rows. */
export function* blocksUnder(
  { view, row, col }: Placement,
  rowPartition: Partition,
  colPartition: Partition,
): IterableIterator<BlockPosition> {
  if (view.rows === 0 || view.cols === 0) return;
  const lastRow = rowPartition.indexOf(row + view.rows - 1);
  const lastCol = colPartition.indexOf(col + view.cols - 1);
  for (let i = rowPartition.indexOf(row); i <= lastRow; i++) {
    if (rowPartition.length(i) === 0) continue;
    for (let j = colPartition.indexOf(col); j <= lastCol; j++) {
      if (colPartition.length(j) > 0) yield { row: i, col: j };
    }
  }
}

interface CopyTasks {
  readonly zeros: readonly Elementwise[];
  readonly copies: readonly Elementwise[];
}

function copyTasks(storage: Storage, layout: Layout, placements: readonly Placement[]): CopyTasks {
  // What is dense needs no cuts: one window takes all.
  const isDense = storage.kind === "dense";
  const rowPartition = isDense ? Partition.whole(layout.rowPartition.size) : layout.rowPartition;
  const colPartition = isDense ? Partition.whole(layout.colPartition.size) : layout.colPartition;
  const pattern = isDense ? BlockPattern.full(1, 1) : storage.pattern;
  const views = isDense ? [storage.view] : storage.views;
  const covered = new Float64Array(pattern.count);
  const copies: Elementwise[] = [];
  for (const placement of placements) {
    for (const { row, col } of blocksUnder(placement, rowPartition, colPartition)) {
      const index = pattern.indexOf(row, col);
      const view = views[index];
      if (view === undefined) continue;
      const copy = overlap(view, rowPartition.start(row), colPartition.start(col), placement);
      covered[index] = (covered[index] as number) + copy.out.rows * copy.out.cols;
      copies.push(copy);
    }
  }
  const zeros = views
    .filter((view, index) => (covered[index] as number) < view.rows * view.cols)
    .map((out): Elementwise => ({ inputs: [], out }));
  return { zeros, copies };
}

/** The part of a placement that lies in the block `out`, whose first element is (row, col). */
function overlap(
  out: MatrixView,
  row: number,
  col: number,
  { view, row: fromRow, col: fromCol }: Placement,
): Elementwise {
  const top = Math.max(row, fromRow);
  const left = Math.max(col, fromCol);
  const rows = Math.min(row + out.rows, fromRow + view.rows) - top;
  const cols = Math.min(col + out.cols, fromCol + view.cols) - left;
  return {
    inputs: [windowView(view, top - fromRow, left - fromCol, rows, cols)],
    out: windowView(out, top - row, left - col, rows, cols),
  };
}
