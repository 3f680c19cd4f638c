import type { Backend, MatrixView, Product, ProductOptions, Term } from "../backend.js";
import type { BlockMatrix, Layout } from "../block-matrix.js";
import { BlockPattern } from "../block-pattern.js";
import { computeDType, type DType, describeValue } from "../dtype.js";
import { BlkError } from "../errors.js";
import { add, type Operand } from "../expression/build.js";
import { evaluate } from "../expression/evaluate.js";
import type { Expr } from "../expression/expression.js";
import { Partition } from "../partition.js";
import { BlockGrid, type Storage, transposeStorage } from "../storage.js";
import { broadcastView, windowView } from "../view.js";
import { expressionOf } from "./expression-of.js";
import type { MatmulOptions } from "./matmul.js";
import {
  commonBackend,
  commonDType,
  commonPartition,
  denseViewOf,
  indexViewOf,
} from "./operands.js";

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
 * The user's cuts decide only what they must: a dimension is walked block by block where a sparse
 * matrix lies along it, and in one piece otherwise.
 */
export class MatmulPlan {
  readonly backend: Backend;
  readonly dtype: DType;
  readonly layout: Layout;
  readonly out: BlockMatrix | undefined;
  readonly productOptions: ProductOptions;
  /** The partition of the summed dimension: A's columns, B's rows. */
  readonly innerPartition: Partition;
  private readonly a: BlockGrid;
  private readonly b: BlockGrid;
  private readonly walkRows: Partition;
  private readonly walkCols: Partition;
  private readonly walkInner: Partition;
  private readonly operandViews: readonly MatrixView[];
  private readonly rowIndices: MatrixView | undefined;

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
    this.out = out;

    const factorA = factorOf(a, options.transposeA);
    const factorB = factorOf(b, options.transposeB);
    checkInner(a, b, factorA, factorB, options);
    this.innerPartition = commonPartition("matmul", factorA.colPartition, factorB.rowPartition, [
      "A's columns",
      "B's rows",
    ]);
    const rowPartition = rows === undefined ? factorA.rowPartition : indexedRows(factorA, rows);
    const { colPartition } = factorB;
    if (rows !== undefined) this.rowIndices = indexViewOf("matmul", rows);

    const expr = epilogueOf(options, operands.length, this.dtype);
    this.productOptions = scalars(options, expr, this.dtype);
    this.layout = this.layoutOf(rowPartition, colPartition, a, b, options, fused.length);

    const isSparseResult = this.layout.pattern !== undefined;
    this.walkRows = walked(this.layout.rowPartition, a.isSparse || isSparseResult);
    this.walkCols = walked(this.layout.colPartition, b.isSparse || isSparseResult);
    this.walkInner = walked(this.innerPartition, a.isSparse || b.isSparse);
    this.a = gridOf(factorA, rows === undefined ? this.walkRows : undefined, this.walkInner);
    this.b = gridOf(factorB, this.walkInner, this.walkCols);
    const { size: m } = rowPartition;
    const { size: n } = colPartition;
    this.operandViews = fused.map((operand) =>
      broadcastTo(denseViewOf("matmul", operand), m, n, operand),
    );
  }

  /** The products that write `c`, the storage of the result. */
  products(c: Storage): readonly Product[] {
    const own = this.layout;
    const target = gridOf({ ...own, storage: c }, this.walkRows, this.walkCols);
    const products: Product[] = [];
    for (let i = 0; i < this.walkRows.count; i++) {
      for (let j = 0; j < this.walkCols.count; j++) {
        const view = target.view(i, j);
        if (view === undefined) continue;
        const terms = this.terms(i, j);
        const operands = this.operandViews.map((operand) =>
          windowView(operand, this.walkRows.start(i), this.walkCols.start(j), view.rows, view.cols),
        );
        products.push(operands.length === 0 ? { c: view, terms } : { c: view, terms, operands });
      }
    }
    return products;
  }

  private terms(i: number, j: number): readonly Term[] {
    const terms: Term[] = [];
    for (let k = 0; k < this.walkInner.count; k++) {
      const a = this.a.view(this.rowIndices === undefined ? i : 0, k);
      const b = this.b.view(k, j);
      if (a === undefined || b === undefined) continue;
      terms.push(this.rowIndices === undefined ? { a, b } : { a, b, rows: this.rowsOf(i) });
    }
    return terms;
  }

  private rowsOf(i: number): MatrixView {
    const start = this.walkRows.start(i);
    return windowView(this.rowIndices as MatrixView, start, 0, this.walkRows.length(i), 1);
  }

  private layoutOf(
    rowPartition: Partition,
    colPartition: Partition,
    a: BlockMatrix,
    b: BlockMatrix,
    options: MatmulOptions,
    fusedCount: number,
  ): Layout {
    const { out, pattern } = options;
    if (out !== undefined) {
      if (out.rows !== rowPartition.size || out.cols !== colPartition.size) {
        throw new BlkError(
          "SHAPE",
          `matmul: the product is ${rowPartition.size}×${colPartition.size}, but out is ${out}`,
        );
      }
      const rowNames = ["out's rows", "A's"] as const;
      const colNames = ["out's columns", "B's"] as const;
      return {
        rowPartition: commonPartition("matmul", out.rowPartition, rowPartition, rowNames),
        colPartition: commonPartition("matmul", out.colPartition, colPartition, colNames),
        pattern: out.pattern,
      };
    }
    if (pattern !== undefined) {
      const { count: rowCount } = rowPartition;
      const checked = BlockPattern.from(pattern, rowCount, colPartition.count, "matmul");
      return { rowPartition, colPartition, pattern: checked };
    }
    if (!a.isSparse || !b.isSparse || fusedCount > 0) return { rowPartition, colPartition };
    const { epilogue } = this.productOptions;
    if (epilogue !== undefined && evaluate(epilogue, [0]) !== 0) {
      return { rowPartition, colPartition };
    }
    return {
      rowPartition,
      colPartition,
      pattern: this.productPattern(rowPartition, colPartition, a, b, options),
    };
  }

  private productPattern(
    rowPartition: Partition,
    colPartition: Partition,
    a: BlockMatrix,
    b: BlockMatrix,
    options: MatmulOptions,
  ): BlockPattern {
    const inner = this.innerPartition;
    const gridA = gridOf(factorOf(a, options.transposeA), rowPartition, inner);
    const gridB = gridOf(factorOf(b, options.transposeB), inner, colPartition);
    const left = BlockPattern.where(rowPartition.count, inner.count, (i, k) => gridA.has(i, k));
    const right = BlockPattern.where(inner.count, colPartition.count, (k, j) => gridB.has(k, j));
    return left.product(right);
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

function epilogueOf(options: MatmulOptions, operandCount: number, dtype: DType): Expr | undefined {
  const { bias, activation, epilogue } = options;
  if (bias === undefined && activation === undefined && epilogue === undefined) return undefined;
  const fusedCount = operandCount + (bias === undefined ? 0 : 1);
  const build = (product: Expr, ...fused: Expr[]): Operand => {
    const biased = bias === undefined ? product : add(product, fused[0] as Expr);
    const activated = activation === undefined ? biased : activation(biased);
    const operands = bias === undefined ? fused : fused.slice(1);
    return epilogue === undefined ? activated : epilogue(activated, ...operands);
  };
  return expressionOf("matmul", build, fusedCount + 1, dtype);
}

function scalars(options: MatmulOptions, epilogue: Expr | undefined, dtype: DType): ProductOptions {
  const { alpha = 1, beta = 0, out } = options;
  const isInteger = computeDType(dtype) === "i32";
  for (const [name, value] of Object.entries({ alpha, beta })) {
    if (typeof value !== "number" || (isInteger && (value | 0) !== value)) {
      throw new BlkError(
        "ARGUMENT",
        `matmul: expected ${name} to be ${isInteger ? "an i32" : "a number"}, got ${describeValue(value)}`,
      );
    }
  }
  if (beta !== 0 && out === undefined) {
    throw new BlkError(
      "ARGUMENT",
      `matmul: beta is ${beta}, which scales \`out\`; give \`out\` too`,
    );
  }
  return epilogue === undefined ? { alpha, beta } : { alpha, beta, epilogue };
}

function walked(partition: Partition, blockwise: boolean): Partition {
  return blockwise ? partition : Partition.whole(partition.size);
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
