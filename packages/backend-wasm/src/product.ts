import type { DType, Product, ProductOptions, ProductPlan } from "@blk/core";
import type { GemmKernels } from "./gemm-kernels.js";
import { arithmetics, type ComputeType } from "./kernels/arithmetic.js";
import { gemmScratch } from "./kernels/gemm.js";
import { itemLayout, termLayout } from "./kernels/gemm-items.js";
import type { Operand } from "./kernels/map.js";
import type { Sources } from "./kernels/pack.js";
import { operandOf } from "./map-kernels.js";
import { ownPacked } from "./packed-operand.js";
import type { GemmParams } from "./params.js";
import {
  arithmeticOf,
  type PlannedProduct,
  type PlannedTerm,
  packedOf,
  planProduct,
  shareProducts,
  sumsCols,
} from "./product-plan.js";
import { sharedPackingBytes } from "./shared-packing.js";
import { type Window, writeWindow } from "./window.js";
import type { Workspace } from "./workspace.js";

/**
 * `c ← E(alpha · Σₜ aₜ·bₜ + beta · c)` for each product: one run of a kernel for all products of
 * one layout. With beta = 0, `c` is not read.
 *
 * With `reproducible`, f32 and f16 are summed in double and rounded once, as in backend-js.
 */
export function multiply(
  workspace: Workspace,
  kernels: GemmKernels,
  products: readonly Product[],
  options: ProductOptions,
): void {
  const planned: PlannedProduct[] = [];
  for (const product of products) {
    if (product.c.rows === 0 || product.c.cols === 0) continue;
    planned.push(planProduct(workspace, kernels, product, options));
  }
  shareProducts(planned, workspace.executor.threads);
  for (const group of groupsOf(planned)) runGroup(workspace, kernels, group, options);
}

/** What {@link multiply} would run: the variant of the largest product, the scratch of all threads. */
export function planProducts(
  workspace: Workspace,
  kernels: GemmKernels,
  products: readonly Product[],
): ProductPlan {
  let largest: Product | undefined;
  let most = -1;
  for (const product of products) {
    const { c, terms } = product;
    const steps = terms.reduce((sum, { a }) => sum + a.cols, 0);
    if (c.rows * c.cols * steps <= most) continue;
    most = c.rows * c.cols * steps;
    largest = product;
  }
  if (largest === undefined) return { variant: "none", workspaceBytes: 0 };
  const type = arithmeticOf(workspace, largest.c.dtype);
  const { params, suffix } = packedPlan(workspace, kernels, type, largest);
  const { threads } = workspace.executor;
  const shared = sharedPackingBytes(products, arithmetics[type].bytes, threads);
  const workspaceBytes = gemmScratch(type, params).size * threads + shared;
  return { variant: `${kernels.variant(type, params)}${suffix}`, workspaceBytes };
}

/** The sizes of a product's kernel, and what its variant adds for what was packed beforehand. */
function packedPlan(
  { reproducible }: Workspace,
  kernels: GemmKernels,
  type: ComputeType,
  product: Product,
): { readonly params: GemmParams; readonly suffix: string } {
  const packed = packedOf(product, type, reproducible).map(ownPacked);
  const [first] = packed;
  if (first === undefined) return { params: kernels.params[type], suffix: "" };
  const params = kernels.paramsFor(type, first);
  const isWhole = packed.length === product.terms.length && packed.every((one) => one.fits(params));
  return { params, suffix: isWhole ? "_prepacked" : "_partly_prepacked" };
}

/** Products that one kernel serves. */
function groupsOf(planned: readonly PlannedProduct[]): Iterable<readonly PlannedProduct[]> {
  if (planned.length < 2) return planned.length === 0 ? [] : [planned];
  const groups = new Map<string, PlannedProduct[]>();
  for (const product of planned) {
    const key = layoutOf(product);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [product]);
    else group.push(product);
  }
  return groups.values();
}

function layoutOf({ type, c, operands, isFinished, params }: PlannedProduct): string {
  const tile = `${type} ${params.vectors}`;
  if (!isFinished) return tile;
  const ends = [c, ...operands].map((window) => {
    const { dtype, spacing } = operandOf(window);
    return `${dtype}${spacing}`;
  });
  return `${tile} ${ends.join()}`;
}

function runGroup(
  workspace: Workspace,
  kernels: GemmKernels,
  group: readonly PlannedProduct[],
  options: ProductOptions,
): void {
  const [{ type, finish, isFinished, c, operands, params }] = group as [PlannedProduct];
  const { hasAlpha, hasBeta } = finish;
  const sources = sourcesOf(type, group);
  const scalar: Operand = { dtype: type, spacing: "repeated" };
  const inputs: Operand[] = [{ dtype: type, spacing: "adjacent" }];
  if (hasAlpha) inputs.push(scalar);
  if (hasBeta) inputs.push(scalar, operandOf(c));
  for (const operand of operands) inputs.push(operandOf(operand));
  const finishing = isFinished
    ? {
        kernel: kernels.finishKernel(finish.expression, type, operandOf(c), inputs),
        inputs: inputs.length,
      }
    : undefined;
  const kernel = kernels.kernel(sources, params, finishing);

  let items = 0;
  let terms = 0;
  let flops = 0;
  for (const product of group) {
    items +=
      Math.ceil(product.c.rows / product.itemRows) * Math.ceil(product.c.cols / product.itemCols);
    terms += product.terms.length;
    flops += product.flops;
  }
  const itemsAt = workspace.commands.take(
    scalarBytes + items * kernel.itemBytes + terms * termLayout.size,
  );
  const writer = new Writer(workspace, itemsAt, kernel.itemBytes, sources);
  writer.scalars(type, options);
  let termsAt = itemsAt + scalarBytes + items * kernel.itemBytes;
  for (const product of group) {
    writer.product(product, termsAt);
    for (const term of product.terms) termsAt = writer.term(term, termsAt);
  }
  kernels.count(type, flops);
  workspace.executor.run(
    kernel,
    itemsAt + scalarBytes,
    items,
    flops / flopsPerNanosecond + 100 * items,
  );
}

/** Alpha and beta stand before the items, eight bytes each. */
const scalarBytes = 64;

/** A cautious guess, by which is decided whether a call is worth sharing. */
const flopsPerNanosecond = 25;

/** The types of all factors, that of the arithmetic first. */
function sourcesOf(type: ComputeType, group: readonly PlannedProduct[]): Sources {
  const others: DType[] = [];
  for (const { terms } of group) {
    for (const { a, b } of terms) {
      if (a.dtype !== type && !others.includes(a.dtype)) others.push(a.dtype);
      if (b.dtype !== type && !others.includes(b.dtype)) others.push(b.dtype);
    }
  }
  return [type, ...others.sort()];
}

/** Writes items and terms as `kernels/gemm-items.ts` says. */
class Writer {
  private readonly workspace: Workspace;
  private readonly words: Int32Array;
  private readonly start: number;
  private readonly itemBytes: number;
  private readonly sources: Sources;
  private item: number;

  constructor(workspace: Workspace, start: number, itemBytes: number, sources: Sources) {
    this.workspace = workspace;
    this.words = workspace.memory.views.i32;
    this.start = start;
    this.itemBytes = itemBytes;
    this.sources = sources;
    this.item = start + scalarBytes;
  }

  scalars(type: ComputeType, { alpha = 1, beta = 0 }: ProductOptions): void {
    const { views } = this.workspace.memory;
    const numbers = views[type];
    const { BYTES_PER_ELEMENT: bytes } = numbers;
    numbers[this.start / bytes] = alpha;
    numbers[(this.start + 8) / bytes] = beta;
  }

  product(product: PlannedProduct, terms: number): void {
    const { c, itemRows, itemCols } = product;
    for (let row = 0; row < c.rows; row += itemRows) {
      for (let col = 0; col < c.cols; col += itemCols) {
        const rows = Math.min(itemRows, c.rows - row);
        const cols = Math.min(itemCols, c.cols - col);
        this.writeItem(product, terms, row, col, rows, cols);
        this.item += this.itemBytes;
      }
    }
  }

  private writeItem(
    {
      type,
      c,
      operands,
      isDirect,
      isFinished,
      isJoined,
      colStep,
      kStep,
      finish,
      terms,
    }: PlannedProduct,
    termsAt: number,
    row: number,
    col: number,
    rows: number,
    cols: number,
  ): void {
    const { words } = this;
    const { bytes } = arithmetics[type];
    const address = c.address + row * c.rowStride + col * c.colStride;
    const sumsRow = isDirect ? c.rowStride : sumsCols(type, cols) * bytes;
    const at = this.item >>> 2;
    words[at + itemLayout.rows / 4] = rows;
    words[at + itemLayout.cols / 4] = cols;
    words[at + itemLayout.row / 4] = row;
    words[at + itemLayout.col / 4] = col;
    words[at + itemLayout.sums / 4] = isDirect ? address : 0;
    words[at + itemLayout.sumsRow / 4] = sumsRow;
    words[at + itemLayout.terms / 4] = termsAt;
    words[at + itemLayout.termCount / 4] = terms.length;
    words[at + itemLayout.joined / 4] = isJoined ? 1 : 0;
    words[at + itemLayout.colStep / 4] = colStep;
    words[at + itemLayout.kStep / 4] = kStep;
    if (!isFinished) return;
    const corner = (window: Window): Window => ({
      ...window,
      address: window.address + row * window.rowStride + col * window.colStride,
    });
    const scalar = (offset: number): Window => ({
      dtype: type,
      rows,
      cols,
      address: this.start + offset,
      rowStride: 0,
      colStride: 0,
    });
    let next = this.item + itemLayout.size;
    const out = corner(c);
    next = writeWindow(words, next, out);
    next = writeWindow(words, next, {
      dtype: type,
      rows,
      cols,
      address: isDirect ? address : 0,
      rowStride: sumsRow,
      colStride: bytes,
    });
    if (finish.hasAlpha) next = writeWindow(words, next, scalar(0));
    if (finish.hasBeta) {
      next = writeWindow(words, next, scalar(8));
      next = writeWindow(words, next, out);
    }
    for (const operand of operands) next = writeWindow(words, next, corner(operand));
  }

  /** Returns the address after the term. */
  term({ a, b, rows, useA, useB }: PlannedTerm, at: number): number {
    const { words, sources } = this;
    const index = at >>> 2;
    words[index + termLayout.a / 4] = a.address;
    words[index + termLayout.aRow / 4] = a.rowStride;
    words[index + termLayout.aCol / 4] = a.colStride;
    words[index + termLayout.b / 4] = b.address;
    words[index + termLayout.bRow / 4] = b.rowStride;
    words[index + termLayout.bCol / 4] = b.colStride;
    words[index + termLayout.k / 4] = a.cols;
    words[index + termLayout.sourceA / 4] = useA ?? sources.indexOf(a.dtype);
    words[index + termLayout.sourceB / 4] = useB ?? sources.indexOf(b.dtype);
    words[index + termLayout.indices / 4] = rows?.address ?? 0;
    words[index + termLayout.indexStep / 4] = rows?.rowStride ?? 0;
    words[index + termLayout.limit / 4] = a.rows;
    return at + termLayout.size;
  }
}
