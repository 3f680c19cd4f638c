import type { DeviceBuffer, Product, ProductPlan } from "../backend.js";
import type { BlockMatrix } from "../block-matrix.js";
import { bytesPerElement } from "../dtype.js";
import { Partition } from "../partition.js";
import { denseStorage, type Storage, sparseStorage, storedElements } from "../storage.js";
import { viewBytes } from "../view.js";
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
  /** The same product of dense, uncut matrices. */
  readonly unblocked: MatmulCost;
  /** The textbook algorithm on the same cuts: each block product to a temporary, then added up. */
  readonly blockByBlock: MatmulCost;
  toString(): string;
}

/**
 * What `matmul` with the same arguments will run, in figures, beside the unblocked product and the
 * textbook's block by block algorithm. Computes nothing. Throws what `matmul` throws.
 */
export function explainMatmul(
  a: BlockMatrix,
  b: BlockMatrix,
  options: MatmulOptions = {},
): MatmulExplanation {
  const plan = new MatmulPlan(a, b, options);
  const { backend, dtype, layout, productOptions } = plan;
  const { rowPartition, colPartition, pattern } = layout;
  const resultElements = storedElements(rowPartition, colPartition, pattern);
  const resultBytes = resultElements * bytesPerElement(dtype);
  const buffer: DeviceBuffer = {
    byteLength: resultBytes,
    disposed: false,
    dispose: () => undefined,
  };
  const storage: Storage =
    pattern === undefined
      ? denseStorage(buffer, dtype, rowPartition.size, colPartition.size)
      : sparseStorage(buffer, dtype, rowPartition, colPartition, pattern);
  const products = plan.products(storage);
  const planned: ProductPlan = backend.plan?.(products, productOptions) ?? {
    variant: `not told by backend ${backend.name}`,
    workspaceBytes: 0,
  };
  const terms = products.flatMap((product) => product.terms);
  const cost: MatmulCost = {
    products: products.length,
    terms: terms.length,
    multiplyAdds: multiplyAdds(products),
    additions: 0,
    bytesMoved: products.reduce((bytes, product) => bytes + bytesOf(product), 0),
    temporaryBytes: planned.workspaceBytes,
  };
  const whole = [Partition.whole(rowPartition.size), Partition.whole(plan.innerPartition.size)];
  const size = bytesPerElement(dtype);
  const explanation = {
    backend: backend.name,
    variant: planned.variant,
    resultBytes,
    ...cost,
    unblocked: {
      ...denseCost(
        whole[0] as Partition,
        whole[1] as Partition,
        Partition.whole(colPartition.size),
        size,
      ),
      temporaryBytes: planned.workspaceBytes,
    },
    blockByBlock: denseCost(rowPartition, plan.innerPartition, colPartition, size),
  };
  return { ...explanation, toString: () => describe(a, b, explanation) };
}

function multiplyAdds(products: readonly Product[]): number {
  let count = 0;
  for (const { c, terms } of products) for (const { a } of terms) count += c.rows * c.cols * a.cols;
  return count;
}

function bytesOf({ c, terms, operands = [] }: Product): number {
  const read = [...terms.flatMap(({ a, b }) => [a, b]), ...operands];
  return read.reduce((bytes, view) => bytes + viewBytes(view), viewBytes(c));
}

/** Each block product reads two blocks and writes a partial one; then these are added pairwise. */
function denseCost(rows: Partition, inner: Partition, cols: Partition, size: number): MatmulCost {
  const [m, k, n] = [rows.size, inner.size, cols.size];
  const terms = rows.count * inner.count * cols.count;
  const partials = Math.max(inner.count, 1) * m * n;
  const additions = Math.max(inner.count - 1, 0) * m * n;
  const operands = m * k * cols.count + k * n * rows.count;
  return {
    products: terms,
    terms,
    multiplyAdds: m * n * k,
    additions,
    bytesMoved: (operands + partials + 3 * additions) * size,
    temporaryBytes: inner.count > 1 ? partials * size : 0,
  };
}

function describe(
  a: BlockMatrix,
  b: BlockMatrix,
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
