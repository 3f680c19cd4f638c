import {
  computeDType,
  type DType,
  type Expr,
  type Product,
  type ProductOptions,
  type ProductPlan,
} from "@blk/core";
import { checkIntegerScalars, type Ending, finishInto } from "./finish.js";
import { type Finish, gemm, gemmSizes, type TermWindows } from "./gemm.js";
import { gemv, type Matrix } from "./gemv.js";
import { floatTile, integerTile } from "./micro-kernels.js";
import { mostVectors, tile } from "./params.js";
import type { Compiler, Lanes } from "./program.js";
import { loadFloat } from "./transfer.js";
import type { Workspace } from "./workspace.js";

/**
 * `c ← E(alpha · Σₜ aₜ·bₜ + beta · c)` for each product.
 *
 * The sum over all terms is kept in double for f16, f32 and f64 and modulo 2³² for i32; scaling,
 * `beta · c` and the epilogue follow in the same arithmetic, and `c` is rounded to once. With
 * beta = 0, `c` is not read. Every result has the bits of the plain loops, however it is computed.
 */
export function multiply(
  workspace: Workspace,
  products: readonly Product[],
  options: ProductOptions,
): void {
  const { floats, integers } = workspace;
  const { alpha = 1, beta = 0, epilogue } = options;
  let float: Ending<Float64Array> | undefined;
  let integer: Ending<Int32Array> | undefined;
  for (const product of products) {
    if (computeDType(product.c.dtype) === "i32") {
      checkIntegerScalars(alpha, beta);
      integer ??= endingOf(workspace, integers, alpha, beta, epilogue);
      multiplyIntegers(workspace, product, integer);
    } else {
      float ??= endingOf(workspace, floats, alpha, beta, epilogue);
      multiplyFloats(workspace, product, float);
    }
  }
}

/** What {@link multiply} would run: the variant of the largest product, the scratch of all. */
export function planProducts(workspace: Workspace, products: readonly Product[]): ProductPlan {
  let variant = "none";
  let most = -1;
  const largest = { a: 0, b: 0, sums: 0 };
  for (const product of products) {
    const { c, terms } = product;
    const vector = isVectorProduct(product);
    const steps = terms.reduce((sum, { a }) => sum + a.cols, 0);
    const longest = terms.reduce((k, { a }) => Math.max(k, a.cols), 0);
    const sizes = vector
      ? { a: longest, b: 0, sums: Math.max(c.rows, c.cols) }
      : gemmSizes(workspace.params, c.rows, c.cols, longest);
    const bytes = computeDType(c.dtype) === "i32" ? 4 : 8;
    largest.a = Math.max(largest.a, sizes.a * bytes);
    largest.b = Math.max(largest.b, sizes.b * bytes);
    largest.sums = Math.max(largest.sums, sizes.sums * bytes);
    if (c.rows * c.cols * steps <= most) continue;
    most = c.rows * c.cols * steps;
    variant = variantName(c.dtype, vector);
  }
  return { variant, workspaceBytes: largest.a + largest.b + largest.sums };
}

function variantName(dtype: DType, vector: boolean): string {
  return vector ? `gemv_${dtype}` : `gemm_${dtype}_${tile}x${tile}`;
}

function endingOf<T extends Lanes>(
  workspace: Workspace,
  compiler: Compiler<T>,
  alpha: number,
  beta: number,
  epilogue: Expr | undefined,
): Ending<T> {
  const { chunk } = workspace.params;
  const program = epilogue === undefined ? undefined : compiler.compile(epilogue);
  const [sum, old] = compiler.spare();
  return { alpha, beta, epilogue: program, sum, old, chunk };
}

function multiplyIntegers(
  workspace: Workspace,
  product: Product,
  ending: Ending<Int32Array>,
): void {
  const { params, integerScratch } = workspace;
  const { rows, cols } = product.c;
  const finish = finishOf(workspace, product, ending);
  gemm(params, integerScratch, integerTile, rows, cols, termsOf(workspace, product), finish);
}

function multiplyFloats(
  workspace: Workspace,
  product: Product,
  ending: Ending<Float64Array>,
): void {
  const { params, floatScratch } = workspace;
  const { rows, cols } = product.c;
  const finish = finishOf(workspace, product, ending);
  const terms = termsOf(workspace, product);
  if (isVectorProduct(product)) multiplyVectors(workspace, rows, cols, terms, finish);
  else gemm(params, floatScratch, floatTile, rows, cols, terms, finish);
}

/** Whether c has so few rows or columns that its matrices are best read where they lie. */
function isVectorProduct({ c, terms }: Product): boolean {
  if (Math.min(c.rows, c.cols) > mostVectors || c.dtype === "i32") return false;
  return terms.every(
    ({ a, b, rows }) => rows === undefined && (c.cols <= c.rows ? a : b).dtype !== "f16",
  );
}

/** One vector after the other: each column of c, or each row if these are fewer. */
function multiplyVectors(
  workspace: Workspace,
  rows: number,
  cols: number,
  terms: readonly TermWindows[],
  finish: Finish<Float64Array>,
): void {
  const byColumns = cols <= rows;
  const length = byColumns ? rows : cols;
  const longest = terms.reduce((k, { a }) => Math.max(k, a.cols), 0);
  const sums = workspace.floatScratch.take("sums", length);
  const x = workspace.floatScratch.take("a", longest);
  for (let v = 0; v < Math.min(rows, cols); v++) {
    sums.fill(0, 0, length);
    for (const { a, b } of terms) {
      const k = a.cols;
      if (byColumns) {
        loadFloat(b, { row: 0, col: v, rows: k, cols: 1 }, x, false);
        const w = a.array as Matrix;
        gemv(w, a.offset, a.rowStride, a.colStride, rows, k, x, sums);
      } else {
        loadFloat(a, { row: v, col: 0, rows: 1, cols: k }, x, false);
        const w = b.array as Matrix;
        gemv(w, b.offset, b.colStride, b.rowStride, cols, k, x, sums);
      }
    }
    if (byColumns) finish(sums, 1, { row: 0, col: v, rows, cols: 1 });
    else finish(sums, cols, { row: v, col: 0, rows: 1, cols });
  }
}

function finishOf<T extends Lanes>(
  workspace: Workspace,
  { c, operands }: Product,
  ending: Ending<T>,
): Finish<T> {
  const inputs = operands?.map((view) => workspace.memory.window(view, "multiply")) ?? [];
  return finishInto(ending, workspace.memory.window(c, "multiply"), inputs);
}

function termsOf({ memory }: Workspace, { terms }: Product): TermWindows[] {
  return terms.map(({ a, b, rows }) => ({
    a: memory.window(a, "multiply"),
    b: memory.window(b, "multiply"),
    rows: rows === undefined ? undefined : memory.window(rows, "multiply"),
  }));
}
