import type { Elementwise, MatrixView } from "../backend.js";
import { allocateMatrix, type BlockMatrix, type Layout } from "../block-matrix.js";
import { constant, input } from "../expression/build.js";
import { BlockGrid, type Storage } from "../storage.js";
import { windowView } from "../view.js";
import { commonBackend } from "./operands.js";

/** A block of a matrix and where its first element goes. */
export interface Placement {
  readonly view: MatrixView;
  readonly row: number;
  readonly col: number;
}

/** The present blocks of `a` as placements, shifted by an offset. */
export function placementsOf(a: BlockMatrix, row = 0, col = 0): readonly Placement[] {
  const { rowPartition, colPartition } = a;
  const storage = a.storage("copy");
  if (storage.kind === "dense") return [{ view: storage.view, row, col }];
  return [...storage.pattern.positions()].map((position, i) => ({
    view: storage.views[i] as MatrixView,
    row: row + rowPartition.start(position.row),
    col: col + colPartition.start(position.col),
  }));
}

/** A new matrix made of copies; what none of them covers is zero or, in absent blocks, absent. */
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

interface CopyTasks {
  readonly zeros: readonly Elementwise[];
  readonly copies: readonly Elementwise[];
}

function copyTasks(storage: Storage, layout: Layout, placements: readonly Placement[]): CopyTasks {
  const { rowPartition, colPartition } = layout;
  const grid = new BlockGrid(storage, layout);
  const zeros: Elementwise[] = [];
  const copies: Elementwise[] = [];
  for (let i = 0; i < rowPartition.count; i++) {
    for (let j = 0; j < colPartition.count; j++) {
      const out = grid.view(i, j);
      if (out === undefined) continue;
      const own = placements.flatMap((placement) =>
        overlap(out, rowPartition.start(i), colPartition.start(j), placement),
      );
      const covered = own.reduce((sum, { out: { rows, cols } }) => sum + rows * cols, 0);
      if (covered < out.rows * out.cols) zeros.push({ inputs: [], out });
      copies.push(...own);
    }
  }
  return { zeros, copies };
}

/** The part of a placement that lies in the block `out`, whose first element is (row, col). */
function overlap(
  out: MatrixView,
  row: number,
  col: number,
  { view, row: fromRow, col: fromCol }: Placement,
): readonly Elementwise[] {
  const top = Math.max(row, fromRow);
  const left = Math.max(col, fromCol);
  const rows = Math.min(row + out.rows, fromRow + view.rows) - top;
  const cols = Math.min(col + out.cols, fromCol + view.cols) - left;
  if (rows <= 0 || cols <= 0) return [];
  return [
    {
      inputs: [windowView(view, top - fromRow, left - fromCol, rows, cols)],
      out: windowView(out, top - row, left - col, rows, cols),
    },
  ];
}
