import type { Backend, MatrixView, Product, ProductOptions, Term } from "../backend.js";
import type { BlockMatrix } from "../block-matrix.js";
import { BlockPattern } from "../block-pattern.js";
import type { DType } from "../dtype.js";
import { BlkError } from "../errors.js";
import { valueAtZero } from "../expression/evaluate.js";
import type { Layout } from "../matrix-options.js";
import { PackedMatrix } from "../packed-matrix.js";
import { conform, type Partition } from "../partition.js";
import {
  BlockGrid,
  checkApart,
  checkPatternOf,
  type Storage,
  transposeStorage,
} from "../storage.js";
import { windowView } from "../view.js";
import type { MatmulOptions } from "./matmul.js";
import { commonBackend, commonDType, commonPartition, indexViewOf } from "./operands.js";
import { ProductOperands } from "./product-operands.js";
import { checkMatmulOptions, productOptionsOf } from "./product-options.js";
import { type PlaceVisitor, type ProductGrids, visitProducts } from "./product-terms.js";

const noOperands: readonly BlockMatrix[] = [];
// What partitions that do not fit are called.
const innerNames = ["A's columns", "B's rows"] as const;
const rowNames = ["out's rows", "A's"] as const;
const colNames = ["out's columns", "B's"] as const;

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
  /** Bias and operands. */
  readonly operands: ProductOperands | undefined;
  readonly rowIndices: MatrixView | undefined;
  private readonly packed: PackedMatrix | undefined;

  constructor(a: BlockMatrix, right: BlockMatrix | PackedMatrix, options: MatmulOptions) {
    checkMatmulOptions(options);
    const packed = right instanceof PackedMatrix ? right : undefined;
    if (packed !== undefined) checkPacked(packed, options);
    this.packed = packed;
    const b = packed?.operand ?? (right as BlockMatrix);
    const { bias, operands = noOperands, out, rows } = options;
    const fused = bias === undefined ? operands : [bias, ...operands];
    const all = [a, b, ...fused];
    const involved = [...all];
    if (out !== undefined) involved.push(out);
    if (rows !== undefined) involved.push(rows);
    this.backend = commonBackend("matmul", involved);
    const dtype = commonDType("matmul", all);
    if (out !== undefined) commonDType("matmul", [a, out]);
    this.dtype = out?.dtype ?? dtype;
    this.dtypeOfA = a.dtype;
    this.dtypeOfB = b.dtype;
    this.out = out;

    const factorA = factorOf(a, options.transposeA);
    const factorB = factorOf(b, options.transposeB);
    const parts = rows?.cols ?? 1;
    checkInner(a, b, factorA, factorB, options);
    this.innerPartition = commonPartition(
      "matmul",
      factorA.colPartition.repeat(parts),
      factorB.rowPartition,
      innerNames,
    );
    this.factorA = factorA;
    this.factorB = factorB;
    const rowPartition = rows === undefined ? factorA.rowPartition : indexedRows(factorA, rows);
    const { colPartition } = factorB;
    if (rows !== undefined) this.rowIndices = indexViewOf("matmul", rows, "wide");

    this.productOptions = productOptionsOf(options, this.dtype);
    if (out !== undefined) checkSizes(out, rowPartition.size, colPartition.size);
    this.rowPartition =
      out === undefined
        ? rowPartition
        : commonPartition("matmul", out.rowPartition, rowPartition, rowNames);
    this.colPartition =
      out === undefined
        ? colPartition
        : commonPartition("matmul", out.colPartition, colPartition, colNames);
    this.layout = this.layoutOf(options, fused.length);

    const sparseA = factorA.storage.kind === "sparse" ? factorA : undefined;
    const sparseB = factorB.storage.kind === "sparse" ? factorB : undefined;
    const sparseC = this.layout.pattern === undefined ? undefined : this.layout;
    this.walkRows = walked(rowPartition, sparseA?.rowPartition, sparseC?.rowPartition);
    this.walkInner =
      parts === 1
        ? walked(this.innerPartition, sparseA?.colPartition, sparseB?.rowPartition)
        : sparseB === undefined
          ? factorA.colPartition.uncut.repeat(parts)
          : this.innerPartition;
    this.walkCols = walked(colPartition, sparseB?.colPartition, sparseC?.colPartition);
    this.operands =
      fused.length === 0
        ? undefined
        : new ProductOperands(fused, this.layout, this.walkRows, this.walkCols);
    if (out !== undefined) checkApart("matmul", out, rows === undefined ? all : [...all, rows]);
  }

  /** Rows of A after its transposition: with rows by index not those of the result. */
  get rowsOfA(): number {
    return this.factorA.rowPartition.size;
  }

  /** The products that write `c`, the storage of the result. */
  products(c: Storage): readonly Product[] {
    const { factorA, factorB, walkRows, walkInner, walkCols, rowIndices, operands, packed } = this;
    const a = new BlockGrid(factorA.storage, factorA, walkRows, walkInner);
    const b = new BlockGrid(factorB.storage, factorB, walkInner, walkCols);
    const target = new BlockGrid(c, this.layout, walkRows, walkCols);
    const products: Product[] = [];
    visitProducts(gridsOf(a, b, target), (row, col, inner) => {
      const view = target.view(row, col) as MatrixView;
      const indices =
        rowIndices && windowView(rowIndices, walkRows.start(row), 0, view.rows, rowIndices.cols);
      const terms: Term[] = [];
      for (let i = 0; i < inner.length; i++) {
        const k = inner[i] as number;
        const right = b.view(k, col) as MatrixView;
        const term =
          indices === undefined
            ? { a: a.view(row, k) as MatrixView, b: right }
            : { ...this.indexedA(k, indices), b: right };
        const laidOut = packed?.partOf(right);
        terms.push(laidOut === undefined ? term : { ...term, packed: laidOut });
      }
      const product = { c: view, terms };
      products.push(
        operands === undefined ? product : { ...product, operands: operands.at(row, col) },
      );
    });
    return products;
  }

  /** What the part `k` of the summed dimension reads of A, with the column of indices that tells where. */
  private indexedA(
    k: number,
    indices: MatrixView,
  ): Pick<Term, "a"> & { readonly rows: MatrixView } {
    const view = denseOf(this.factorA);
    const start = this.walkInner.start(k);
    // Empty blocks may begin where the last part ends.
    const part = Math.max(0, Math.min(Math.floor(start / view.cols), indices.cols - 1)) || 0;
    const length = this.walkInner.length(k);
    return {
      a: windowView(view, 0, start - part * view.cols, view.rows, length),
      rows: windowView(indices, 0, part, indices.rows, 1),
    };
  }

  /** The block products of the textbook: those of the present blocks under the cuts of all. */
  visitBlockProducts(visit: PlaceVisitor): void {
    const { rowPartition, innerPartition, colPartition } = this;
    visitProducts(
      {
        a: patternOf(this.factorA, rowPartition, innerPartition),
        b: patternOf(this.factorB, innerPartition, colPartition),
        c: this.layout.pattern?.spread(rowPartition.count, colPartition.count),
        rowCount: rowPartition.count,
        innerCount: innerPartition.count,
        colCount: colPartition.count,
      },
      visit,
    );
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
    if (epilogue !== undefined && valueAtZero(epilogue, this.dtype) !== 0) {
      return { rowPartition, colPartition };
    }
    const patternA = patternOf(left, rowPartition, innerPartition) as BlockPattern;
    const patternB = patternOf(right, innerPartition, colPartition) as BlockPattern;
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

function checkPacked(packed: PackedMatrix, { transposeB }: MatmulOptions): void {
  packed.check("matmul");
  if (transposeB === undefined) return;
  throw new BlkError(
    "ARGUMENT",
    `matmul: transposeB is given beside ${packed}, but packing decided whether B is transposed; leave transposeB out, and write pack(b, { transpose: true }) for the transpose`,
  );
}

function checkInner(
  a: BlockMatrix,
  b: BlockMatrix,
  factorA: Factor,
  factorB: Factor,
  options: MatmulOptions,
): void {
  const parts = options.rows?.cols ?? 1;
  const inner = parts * factorA.colPartition.size;
  if (inner === factorB.rowPartition.size) return;
  const times = parts === 1 ? "" : `${parts} times `;
  const nameA = `${times}${options.transposeA ? "A's rows (A is transposed)" : "A's columns"}`;
  const nameB = options.transposeB ? "B's columns (B is transposed)" : "B's rows";
  throw new BlkError(
    "SHAPE",
    `matmul: A is ${a.rows}×${a.cols} and B is ${b.rows}×${b.cols}; ${nameA} (${inner}) must equal ${nameB} (${factorB.rowPartition.size})`,
    { details: { a: [a.rows, a.cols], b: [b.rows, b.cols] } },
  );
}

function indexedRows(factor: Factor, rows: BlockMatrix): Partition {
  denseOf(factor);
  return rows.rowPartition;
}

function denseOf({ storage }: Factor): MatrixView {
  if (storage.kind === "dense") return storage.view;
  throw new BlkError(
    "PARTITION",
    "matmul: rows by index need a dense A; convert it with toDense()",
  );
}

function checkSizes(out: BlockMatrix, rows: number, cols: number): void {
  if (out.rows !== rows || out.cols !== cols) {
    throw new BlkError(
      "SHAPE",
      `matmul: the product is ${rows}×${cols}, but out is ${out}; make out ${rows}×${cols}`,
    );
  }
}

/** The common cuts of the sparse matrices along a dimension, which were checked to conform. */
function walked(cut: Partition, x: Partition | undefined, y: Partition | undefined): Partition {
  if (x === undefined || y === undefined) return x ?? y ?? cut.uncut;
  return conform(x, y) as Partition;
}

function gridsOf(a: BlockGrid, b: BlockGrid, c: BlockGrid): ProductGrids {
  return {
    a: a.pattern,
    b: b.pattern,
    c: c.pattern,
    rowCount: c.rowPartition.count,
    innerCount: b.rowPartition.count,
    colCount: c.colPartition.count,
  };
}

/** The present blocks of a factor under finer cuts; `undefined` if it is dense. */
function patternOf(
  { storage }: Factor,
  rows: Partition,
  cols: Partition,
): BlockPattern | undefined {
  return storage.kind === "sparse" ? storage.pattern.spread(rows.count, cols.count) : undefined;
}
