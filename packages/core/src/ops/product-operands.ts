import type { MatrixView } from "../backend.js";
import type { BlockMatrix } from "../block-matrix.js";
import { BlkError } from "../errors.js";
import type { Layout } from "../matrix-options.js";
import type { Partition } from "../partition.js";
import { BlockGrid } from "../storage.js";
import { broadcastView } from "../view.js";

/** The operands of a product's epilogue: dense ones repeated to its size, or with its blocks. */
export class ProductOperands {
  /** The windows of dense operands, repeated; `undefined` for a block-sparse one. */
  readonly views: readonly (MatrixView | undefined)[];
  private readonly grids: readonly BlockGrid[];

  /** The places of the result are asked for under the cuts `walkRows` and `walkCols`. */
  constructor(
    operands: readonly BlockMatrix[],
    layout: Layout,
    walkRows: Partition,
    walkCols: Partition,
  ) {
    const [m, n] = [layout.rowPartition.size, layout.colPartition.size];
    const views: (MatrixView | undefined)[] = [];
    this.grids = operands.map((operand) => {
      const storage = operand.storage("matmul");
      if (storage.kind === "sparse") {
        checkBlocks(operand, layout);
        views.push(undefined);
        return new BlockGrid(storage, operand, walkRows, walkCols);
      }
      const view = broadcastTo(storage.view, m, n, operand);
      views.push(view);
      return new BlockGrid({ kind: "dense", view }, layout, walkRows, walkCols);
    });
    this.views = views;
  }

  /** What the operands hold at a place that is present in the result. */
  at(row: number, col: number): readonly MatrixView[] {
    return this.grids.map((grid) => grid.view(row, col) as MatrixView);
  }
}

function checkBlocks(operand: BlockMatrix, { rowPartition, colPartition, pattern }: Layout): void {
  const isCutAlike =
    operand.rowPartition.equals(rowPartition) && operand.colPartition.equals(colPartition);
  if (pattern !== undefined && isCutAlike && operand.pattern?.equals(pattern)) return;
  throw new BlkError(
    "PARTITION",
    `matmul: ${operand} is block-sparse, but a bias or operand must be dense or have the blocks of a block-sparse result; convert it with toDense(), or give its blocks as pattern`,
  );
}

function broadcastTo(view: MatrixView, m: number, n: number, operand: BlockMatrix): MatrixView {
  if ((view.rows === m || view.rows === 1) && (view.cols === n || view.cols === 1)) {
    return broadcastView(view, m, n);
  }
  throw new BlkError(
    "SHAPE",
    `matmul: the product is ${m}×${n}; a bias or operand must have these sizes or 1, but got ${operand}`,
  );
}
