import type { Backend, MatrixView, Product, ProductOptions, Term } from "../backend.js";
import type { BlockMatrix, Layout } from "../block-matrix.js";
import { BlockPattern } from "../block-pattern.js";
import type { DType } from "../dtype.js";
import { BlkError } from "../errors.js";
import { evaluate } from "../expression/evaluate.js";
import { conform, Partition } from "../partition.js";
import {
  BlockGrid,
  checkApart,
  checkPatternOf,
  type Storage,
  transposeStorage,
} from "../storage.js";
import { broadcastView, windowView } from "../view.js";
import type { MatmulOptions } from "./matmul.js";
import {
  commonBackend,
  commonDType,
  commonPartition,
  denseViewOf,
  indexViewOf,
} from "./operands.js";
import { productOptionsOf } from "./product-options.js";
import { type PlaceTerms, productTerms } from "./product-terms.js";

/** A factor after its transposition. */
interface Factor {
  readonly rowPartition: Partition;
  readonly colPartition: Partition;
  readonly storage: Storage;
}

/**
 * What a `matmul` will run: checks its arguments, chooses the layout of the result, and lists the
 * products. `matmul` runs it and `explainMatmul` counts it, so both speak of the same thing.
 *
 * The user's cuts decide only what they must: a dimension is walked by the blocks of the sparse
 * matrices that lie along it, and in one piece where all are dense.
 */
export class MatmulPlan {
  readonly backend: Backend;
  readonly dtype: DType;
  readonly dtypeOfA: DType;
  readonly dtypeOfB: DType;
  readonly layout: Layout;
  readonly out: BlockMatrix | undefined;
  readonly productOptions: ProductOptions;
  /** The cuts of all matrices along each dimension: rows, the summed dimension, columns. */
  readonly rowPartition: Partition;
  readonly innerPartition: Partition;
  readonly colPartition: Partition;
  private readonly factorA: Factor;
  private readonly factorB: Factor;
  private readonly walkRows: Partition;
  private readonly walkCols: Partition;
  private readonly walkInner: Partition;
  /** Bias and operands, repeated to the size of the result. */
  readonly operandViews: readonly MatrixView[];
  readonly rowIndices: MatrixView | undefined;

  constructor(a: BlockMatrix, b: BlockMatrix, options: MatmulOptions) {
    const { bias, operands = [], out, rows } = options;
    const fused = bias === undefined ? operands : [bias, ...operands];
    const all = [a, b, ...fused];
    this.backend = commonBackend("matmul", [
      ...all,
      ...(out === undefined ? [] : [out]),
      ...(rows === undefined ? [] : [rows]),
    ]);
    const dtype = commonDType("matmul", all);
    if (out !== undefined) commonDType("matmul", [a, out]);
    this.dtype = out?.dtype ?? dtype;
    this.dtypeOfA = a.dtype;
    this.dtypeOfB = b.dtype;
    this.out = out;

    const factorA = factorOf(a, options.transposeA);
    const factorB = factorOf(b, options.transposeB);
    checkInner(a, b, factorA, factorB, options);
    this.innerPartition = commonPartition("matmul", factorA.colPartition, factorB.rowPartition, [
      "A's columns",
      "B's rows",
    ]);
    this.factorA = factorA;
    this.factorB = factorB;
    const rowPartition = rows === undefined ? factorA.rowPartition : indexedRows(factorA, rows);
    const { colPartition } = factorB;
    if (rows !== undefined) this.rowIndices = indexViewOf("matmul", rows);

    this.productOptions = productOptionsOf(options, this.dtype);
    if (out !== undefined) checkSizes(out, rowPartition.size, colPartition.size);
    const rowNames = ["out's rows", "A's"] as const;
    const colNames = ["out's columns", "B's"] as const;
    this.rowPartition =
      out === undefined
        ? rowPartition
        : commonPartition("matmul", out.rowPartition, rowPartition, rowNames);
    this.colPartition =
      out === undefined
        ? colPartition
        : commonPartition("matmul", out.colPartition, colPartition, colNames);
    this.layout = this.layoutOf(options, fused.length);

    const isSparseA = factorA.storage.kind === "sparse";
    const isSparseB = factorB.storage.kind === "sparse";
    const isSparseResult = this.layout.pattern !== undefined;
    const { size: m } = rowPartition;
    const { size: n } = colPartition;
    this.walkRows = walked(
      m,
      isSparseA && factorA.rowPartition,
      isSparseResult && this.layout.rowPartition,
    );
    this.walkInner = walked(
      this.innerPartition.size,
      isSparseA && factorA.colPartition,
      isSparseB && factorB.rowPartition,
    );
    this.walkCols = walked(
      n,
      isSparseB && factorB.colPartition,
      isSparseResult && this.layout.colPartition,
    );
    this.operandViews = fused.map((operand) =>
      broadcastTo(denseViewOf("matmul", operand), m, n, operand),
    );
    if (out !== undefined) {
      const read = rows === undefined ? all : [...all, rows];
      checkApart(
        "matmul",
        out.storage("matmul"),
        read.map((x) => x.storage("matmul")),
      );
    }
  }

  /** Rows of A after its transposition: with rows by index not those of the result. */
  get rowsOfA(): number {
    return this.factorA.rowPartition.size;
  }

  /** The products that write `c`, the storage of the result. */
  products(c: Storage): readonly Product[] {
    const { walkRows, walkInner, walkCols, rowIndices } = this;
    // Rows by index are looked up in all of A.
    const a = gridOf(this.factorA, rowIndices === undefined ? walkRows : undefined, walkInner);
    const b = gridOf(this.factorB, walkInner, walkCols);
    const target = gridOf({ ...this.layout, storage: c }, walkRows, walkCols);
    const counts = {
      rowCount: walkRows.count,
      innerCount: walkInner.count,
      colCount: walkCols.count,
    };
    const patterns = { a: a.pattern, b: b.pattern, c: target.pattern };
    const products: Product[] = [];
    for (const { row, col, inner } of productTerms({ ...counts, ...patterns })) {
      const view = target.view(row, col) as MatrixView;
      const terms = Array.from(inner, (k): Term => {
        const right = b.view(k, col) as MatrixView;
        return rowIndices === undefined
          ? { a: a.view(row, k) as MatrixView, b: right }
          : { a: a.view(0, k) as MatrixView, b: right, rows: this.rowsOf(rowIndices, row) };
      });
      const operands = this.operandViews.map((operand) =>
        windowView(operand, walkRows.start(row), walkCols.start(col), view.rows, view.cols),
      );
      products.push(operands.length === 0 ? { c: view, terms } : { c: view, terms, operands });
    }
    return products;
  }

  /** The block products of the textbook: those of the present blocks under the cuts of all. */
  blockTerms(): Iterable<PlaceTerms> {
    const { rowPartition, innerPartition, colPartition } = this;
    const counts = {
      rowCount: rowPartition.count,
      innerCount: innerPartition.count,
      colCount: colPartition.count,
    };
    return productTerms({
      ...counts,
      a: gridOf(this.factorA, rowPartition, innerPartition).pattern,
      b: gridOf(this.factorB, innerPartition, colPartition).pattern,
      c: this.layout.pattern?.spread(rowPartition.count, colPartition.count),
    });
  }

  private rowsOf(indices: MatrixView, row: number): MatrixView {
    return windowView(indices, this.walkRows.start(row), 0, this.walkRows.length(row), 1);
  }

  /** The layout of the result: that of `out` if it is given. */
  private layoutOf({ out, pattern }: MatmulOptions, fusedCount: number): Layout {
    const { rowPartition, colPartition, innerPartition } = this;
    if (out !== undefined) {
      checkPatternOf("matmul", out, pattern);
      const { rowPartition: ownRows, colPartition: ownCols } = out;
      return { rowPartition: ownRows, colPartition: ownCols, pattern: out.pattern };
    }
    if (pattern !== undefined) {
      const { count: rowCount } = rowPartition;
      const checked = BlockPattern.from(pattern, rowCount, colPartition.count, "matmul");
      return { rowPartition, colPartition, pattern: checked };
    }
    const left = this.factorA;
    const right = this.factorB;
    const areSparse = left.storage.kind === "sparse" && right.storage.kind === "sparse";
    if (!areSparse || fusedCount > 0) return { rowPartition, colPartition };
    const { epilogue } = this.productOptions;
    if (epilogue !== undefined && evaluate(epilogue, [0]) !== 0) {
      return { rowPartition, colPartition };
    }
    const patternA = gridOf(left, rowPartition, innerPartition).pattern as BlockPattern;
    const patternB = gridOf(right, innerPartition, colPartition).pattern as BlockPattern;
    return { rowPartition, colPartition, pattern: patternA.product(patternB) };
  }
}

function factorOf(x: BlockMatrix, transpose = false): Factor {
  const storage = x.storage("matmul");
  const { rowPartition, colPartition } = x;
  return transpose
    ? {
        rowPartition: colPartition,
        colPartition: rowPartition,
        storage: transposeStorage(storage),
      }
    : { rowPartition, colPartition, storage };
}

function checkInner(
  a: BlockMatrix,
  b: BlockMatrix,
  factorA: Factor,
  factorB: Factor,
  options: MatmulOptions,
): void {
  const inner = factorA.colPartition.size;
  if (inner === factorB.rowPartition.size) return;
  const nameA = options.transposeA ? "A's rows (A is transposed)" : "A's columns";
  const nameB = options.transposeB ? "B's columns (B is transposed)" : "B's rows";
  throw new BlkError(
    "SHAPE",
    `matmul: A is ${a.rows}×${a.cols} and B is ${b.rows}×${b.cols}; ${nameA} (${inner}) must equal ${nameB} (${factorB.rowPartition.size})`,
    { details: { a: [a.rows, a.cols], b: [b.rows, b.cols] } },
  );
}

function indexedRows(factor: Factor, rows: BlockMatrix): Partition {
  if (factor.storage.kind === "sparse") {
    throw new BlkError(
      "PARTITION",
      "matmul: rows by index need a dense A; convert it with toDense()",
    );
  }
  return rows.rowPartition;
}

function checkSizes(out: BlockMatrix, rows: number, cols: number): void {
  if (out.rows !== rows || out.cols !== cols) {
    throw new BlkError("SHAPE", `matmul: the product is ${rows}×${cols}, but out is ${out}`);
  }
}

/** The common cuts of the sparse matrices along a dimension, which were checked to conform. */
function walked(size: number, ...sparse: readonly (Partition | false)[]): Partition {
  return sparse
    .filter((partition) => partition !== false)
    .reduce((x, y) => conform(x, y) as Partition, Partition.whole(size));
}

function gridOf(
  factor: Factor,
  rowPartition: Partition = Partition.whole(factor.rowPartition.size),
  colPartition: Partition = Partition.whole(factor.colPartition.size),
): BlockGrid {
  // A dense window can be cut anywhere, so it takes the wanted partition as its own.
  const own = factor.storage.kind === "dense" ? { rowPartition, colPartition } : factor;
  return new BlockGrid(factor.storage, own, rowPartition, colPartition);
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
