import type { DeviceBuffer, MatrixView, Product, Term } from "../backend.js";
import type { BlockMatrix } from "../block-matrix.js";
import { bytesPerElement, type DType } from "../dtype.js";
import { BlkError, isBlkError } from "../errors.js";
import type { PackedMatrix } from "../packed-matrix.js";
import { denseStorage, type Storage, sparseStorage, storedElements } from "../storage.js";
import { denseView, viewBytes } from "../view.js";
import type { MatmulOptions } from "./matmul.js";
import { MatmulPlan } from "./matmul-plan.js";

/** What one way of computing a product costs. */
export interface MatmulCost {
  /** Entries of the list that the backend is given in one call. */
  readonly products: number;
  /** Block products A[i, k]·B[k, j] that are summed. */
  readonly terms: number;
  readonly multiplyAdds: number;
  /** Additions that recombine partial results in memory; sums inside of a kernel cost none. */
  readonly additions: number;
  /** Bytes of operands and results, each counted once for each product that touches it. */
  readonly bytesMoved: number;
  /** Memory beside the operands and the result while it runs. */
  readonly temporaryBytes: number;
}

/** What {@link explainMatmul} says. */
export interface MatmulExplanation extends MatmulCost {
  readonly backend: string;
  /** The name of the kernel variant, or that the backend does not tell. */
  readonly variant: string;
  readonly resultBytes: number;
  /** The same call, with bias, operands and `beta`, of dense, uncut matrices. */
  readonly unblocked: MatmulCost;
  /**
   * The textbook algorithm on the same cuts: each product of present blocks to a temporary, then
   * added up. Only the product: without bias, operands and `beta`.
   */
  readonly blockByBlock: MatmulCost;
  toString(): string;
}

/**
 * What `matmul` with the same arguments will run, in figures, beside the unblocked product and the
 * textbook's block by block algorithm. Computes nothing. Throws what `matmul` throws.
 */
export function explainMatmul(
  a: BlockMatrix,
  b: BlockMatrix | PackedMatrix,
  options: MatmulOptions = {},
): MatmulExplanation {
  const plan = planOf(a, b, options);
  const { backend, dtype, layout } = plan;
  const { rowPartition, colPartition, pattern } = layout;
  const resultElements = storedElements(rowPartition, colPartition, pattern);
  const resultBytes = resultElements * bytesPerElement(dtype);
  const buffer = imagined(resultBytes);
  const storage: Storage =
    pattern === undefined
      ? denseStorage(buffer, dtype, rowPartition.size, colPartition.size)
      : sparseStorage(buffer, dtype, rowPartition, colPartition, pattern);
  const { variant, ...cost } = costOf(plan, plan.products(storage));
  const { variant: _ofDense, ...unblocked } = costOf(plan, [denseProduct(plan)]);
  const blockByBlock = textbookCost(plan);
  const explanation = {
    backend: backend.name,
    variant: variant ?? `not told by backend ${backend.name}`,
    resultBytes,
    ...cost,
    unblocked,
    blockByBlock,
  };
  return { ...explanation, toString: () => describe(a, b, explanation) };
}

/** The plan, whose errors name the operation that was called. */
function planOf(a: BlockMatrix, b: BlockMatrix | PackedMatrix, options: MatmulOptions): MatmulPlan {
  try {
    return new MatmulPlan(a, b, options);
  } catch (error) {
    if (!isBlkError(error) || !error.message.startsWith("matmul: ")) throw error;
    const { code, message, details } = error;
    throw new BlkError(code, message.replace("matmul", "explainMatmul"), { details, cause: error });
  }
}

/** What a call of `multiply` costs, with the gather that goes before it where one is needed. */
function costOf(
  plan: MatmulPlan,
  products: readonly Product[],
): MatmulCost & { readonly variant: string | undefined } {
  const { backend, productOptions } = plan;
  const gathers = plan.rowIndices !== undefined && !backend.capabilities.rowIndexedTerms;
  const run = gathers ? products.map(withGathered) : products;
  const planned = backend.plan?.(run, productOptions);
  const gathered = gathers ? gatherCost(plan) : { bytesMoved: 0, temporaryBytes: 0 };
  const readsC = productOptions.beta !== undefined && productOptions.beta !== 0;
  return {
    variant: planned?.variant,
    products: run.length,
    terms: run.reduce((count, { terms }) => count + terms.length, 0),
    multiplyAdds: multiplyAdds(run),
    additions: 0,
    bytesMoved: run.reduce((sum, product) => sum + bytesOf(product, readsC), gathered.bytesMoved),
    temporaryBytes: (planned?.workspaceBytes ?? 0) + gathered.temporaryBytes,
  };
}

/** The product of dense, uncut matrices of the same sizes, in memory that does not exist. */
function denseProduct(plan: MatmulPlan): Product {
  const [m, k, n] = [plan.rowPartition.size, plan.innerPartition.size, plan.colPartition.size];
  const dense = (dtype: DType, rows: number, cols: number): MatrixView =>
    denseView(imagined(rows * cols * bytesPerElement(dtype)), dtype, rows, cols);
  const rows = plan.rowIndices;
  const factors = { a: dense(plan.dtypeOfA, plan.rowsOfA, k), b: dense(plan.dtypeOfB, k, n) };
  return {
    c: dense(plan.dtype, m, n),
    terms: [rows === undefined ? factors : { ...factors, rows }],
    operands: plan.operands?.views.map((view) => view ?? dense(plan.dtype, m, n)) ?? [],
  };
}

/** A buffer of a size, for what is only counted. */
function imagined(byteLength: number): DeviceBuffer {
  return { byteLength, disposed: false, dispose: () => undefined };
}

function multiplyAdds(products: readonly Product[]): number {
  let count = 0;
  for (const { c, terms } of products) for (const { a } of terms) count += c.rows * c.cols * a.cols;
  return count;
}

function bytesOf({ c, terms, operands = [] }: Product, readsC: boolean): number {
  const factors = terms.reduce((bytes, term) => bytes + readOfA(term) + viewBytes(term.b), 0);
  const fused = operands.reduce((bytes, view) => bytes + viewBytes(view), 0);
  return factors + fused + (readsC ? 2 : 1) * viewBytes(c);
}

/** Of rows by index, the indices and as many rows of A. */
function readOfA({ a, rows }: Term): number {
  if (rows === undefined) return viewBytes(a);
  return viewBytes(rows) + rows.rows * a.cols * bytesPerElement(a.dtype);
}

/** The product after its rows were gathered into a matrix of their own. */
function withGathered(product: Product): Product {
  const terms = product.terms.map(({ a, b, rows }): Term => {
    const height = rows?.rows ?? a.rows;
    const bytes = height * a.cols * bytesPerElement(a.dtype);
    return { a: denseView(imagined(bytes), a.dtype, height, a.cols), b };
  });
  return { ...product, terms };
}

function gatherCost(plan: MatmulPlan): Pick<MatmulCost, "bytesMoved" | "temporaryBytes"> {
  const { size: m } = plan.rowPartition;
  const bytes = m * plan.innerPartition.size * bytesPerElement(plan.dtypeOfA);
  const places = m * (plan.rowIndices?.cols ?? 0);
  return { bytesMoved: 2 * bytes + places * bytesPerElement("i32"), temporaryBytes: bytes };
}

/**
 * Each product of present blocks reads two blocks and writes a partial one; then these are added
 * pairwise. A place without products is written once, with zeros.
 */
function textbookCost(plan: MatmulPlan): MatmulCost {
  const { rowPartition, innerPartition, colPartition } = plan;
  const size = bytesPerElement(plan.dtype);
  const cost = { products: 0, terms: 0, multiplyAdds: 0, additions: 0, bytesMoved: 0 };
  let temporaryBytes = 0;
  // Places of a row mostly share their list, so its length in elements is kept.
  let counted: ArrayLike<number> = [];
  let length = 0;
  plan.visitBlockProducts((row, col, inner) => {
    if (inner !== counted) {
      length = 0;
      for (let i = 0; i < inner.length; i++) length += innerPartition.length(inner[i] as number);
      counted = inner;
    }
    const [m, n] = [rowPartition.length(row), colPartition.length(col)];
    const partials = Math.max(inner.length, 1) * m * n;
    const additions = Math.max(inner.length - 1, 0) * m * n;
    cost.terms += inner.length;
    cost.multiplyAdds += m * n * length;
    cost.additions += additions;
    cost.bytesMoved += ((m + n) * length + partials + 3 * additions) * size;
    if (inner.length > 1) temporaryBytes += partials * size;
  });
  return { ...cost, products: cost.terms, temporaryBytes };
}

function describe(
  a: BlockMatrix,
  b: BlockMatrix | PackedMatrix,
  { backend, variant, unblocked, blockByBlock, ...own }: Omit<MatmulExplanation, "toString">,
): string {
  const line = (name: string, cost: MatmulCost): string =>
    `  ${name}: ${cost.products} products, ${cost.terms} terms, ${cost.multiplyAdds} multiply-adds, ${cost.additions} additions, ${cost.bytesMoved} bytes moved, ${cost.temporaryBytes} temporary bytes`;
  return [
    `matmul of ${a} and ${b} on ${backend}, kernel ${variant}`,
    line("this call", own),
    line("unblocked", unblocked),
    line("block by block", blockByBlock),
  ].join("\n");
}
