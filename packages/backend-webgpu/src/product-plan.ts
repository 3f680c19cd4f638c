import {
  BlkError,
  computeDType,
  type MatrixView,
  type Product,
  type Term,
  transposeView,
} from "@blk/core";
import {
  type GemmTile,
  gemvTile,
  leastSplit,
  mostSplit,
  mostVectors,
  type ProductParams,
  splitTile,
} from "./params.js";
import type { ComputeType } from "./wgsl/expression.js";

/** How one product is computed. */
export interface PlannedProduct {
  readonly type: ComputeType;
  /** Of the product, or of its transpose where that is faster. */
  readonly c: MatrixView;
  readonly operands: readonly MatrixView[];
  /** Terms that one launch can compute: their factors lie in the same buffers. None is empty. */
  readonly groups: readonly (readonly Term[])[];
  readonly kind: "gemm" | "gemv";
  readonly tile: GemmTile;
  /** Parts into which the k of each group is cut. */
  readonly parts: number;
  /** Whether one launch does all; else partial sums go to scratch memory and are combined. */
  readonly isWhole: boolean;
}

/** Elements of scratch memory that a product needs. */
export function scratchElements({ isWhole, groups, parts, c }: PlannedProduct): number {
  return isWhole || groups.length === 0 ? 0 : parts * c.rows * c.cols;
}

/** What the plan depends on, beside the products. */
export interface PlanSettings {
  readonly params: ProductParams;
  /** Operands of the epilogue that occur, counted from the first. */
  readonly operands: number;
  /** Buffers that a kernel can have beside its parameters. */
  readonly mostBuffers: number;
}

interface Draft extends Omit<PlannedProduct, "tile" | "parts" | "isWhole"> {
  /** The sum of all k. */
  readonly depth: number;
}

/** Plans a call: empty results need nothing and are left out. */
export function planCall(
  products: readonly Product[],
  settings: PlanSettings,
): readonly PlannedProduct[] {
  const { params, mostBuffers } = settings;
  const drafts: Draft[] = [];
  for (const product of products) {
    if (product.c.rows > 0 && product.c.cols > 0) drafts.push(draftOf(product, settings.operands));
  }
  const tiles = tilesOf(drafts, params);
  const workgroups = drafts.reduce((sum, draft) => sum + workgroupsOf(draft, splitTile), 0);
  return drafts.map((draft, i): PlannedProduct => {
    const parts = partsOf(draft, params.fill / workgroups);
    const isWhole = draft.groups.length === 1 && parts === 1 && countBuffers(draft) <= mostBuffers;
    return { ...draft, tile: tiles[i]!, parts, isWhole };
  });
}

/** The terms of part `part` of `parts` of a group: a slice of their k, one after the other. */
export function partOf(terms: readonly Term[], part: number, parts: number): readonly Term[] {
  if (parts === 1) return terms;
  const depth = terms.reduce((sum, { a }) => sum + a.cols, 0);
  // Vectors of four stay whole.
  const length = 16 * Math.ceil(depth / (16 * parts));
  const slice: Term[] = [];
  let start = 0;
  for (const { a, b, ...rest } of terms) {
    const from = roundUp(Math.max(0, part * length - start));
    const to = Math.min(a.cols, roundUp(Math.max(0, (part + 1) * length - start)));
    start += a.cols;
    if (from >= to) continue;
    slice.push({
      ...rest,
      a: { ...a, cols: to - from, offset: a.offset + from * a.colStride },
      b: { ...b, rows: to - from, offset: b.offset + from * b.rowStride },
    });
  }
  return slice;
}

function roundUp(k: number): number {
  return 16 * Math.ceil(k / 16);
}

function draftOf(product: Product, mostOperands: number): Draft {
  const type = typeOf(product);
  const terms = product.terms.filter(({ a }) => a.cols > 0);
  const operands = product.operands?.slice(0, mostOperands) ?? [];
  const hasRows = terms.some(({ rows }) => rows !== undefined);
  const { c } = product;
  const isVector = !hasRows && Math.min(c.rows, c.cols) <= mostVectors;
  // A transposed product has its vectors as columns, or the rows of c in neighbouring memory.
  const isTurned = isVector
    ? c.rows < c.cols
    : !hasRows && Math.abs(c.rowStride) < Math.abs(c.colStride);
  const turned = isTurned
    ? {
        c: transposeView(c),
        operands: operands.map(transposeView),
        terms: terms.map(({ a, b }) => ({ a: transposeView(b), b: transposeView(a) })),
      }
    : { c, operands, terms };
  return {
    type,
    c: turned.c,
    operands: turned.operands,
    groups: groupsOf(turned.terms),
    kind: isVector ? "gemv" : "gemm",
    depth: terms.reduce((sum, { a }) => sum + a.cols, 0),
  };
}

function typeOf({ c, terms, operands = [] }: Product): ComputeType {
  const type = computeDType(c.dtype);
  for (const { dtype } of [...terms.flatMap(({ a, b }) => [a, b]), ...operands]) {
    if (computeDType(dtype) === type) continue;
    throw new BlkError("DTYPE", `multiply: ${dtype} and ${c.dtype} meet in one product`);
  }
  if (type !== "f64") return type;
  throw new BlkError(
    "UNSUPPORTED",
    "multiply: f64 does not exist on WebGPU; use f32, or a backend that has it such as wasm() or js()",
  );
}

function groupsOf(terms: readonly Term[]): readonly (readonly Term[])[] {
  const groups: Term[][] = [];
  for (const term of terms) {
    const group = groups.find(([first]) => liesWith(first!, term));
    if (group === undefined) groups.push([term]);
    else group.push(term);
  }
  return groups;
}

function liesWith(first: Term, { a, b, rows }: Term): boolean {
  return (
    first.a.buffer === a.buffer &&
    first.b.buffer === b.buffer &&
    first.rows?.buffer === rows?.buffer &&
    first.a.dtype === a.dtype &&
    first.b.dtype === b.dtype
  );
}

function countBuffers({ groups, c, operands }: Draft): number {
  const views = [c, ...operands];
  for (const [term] of groups) {
    if (term === undefined) continue;
    views.push(term.a, term.b);
    if (term.rows !== undefined) views.push(term.rows);
  }
  return new Set(views.map(({ buffer }) => buffer)).size;
}

/** For each product the largest tile that it fills more than half, if such tiles fill the device. */
function tilesOf(drafts: readonly Draft[], { tiles, fill }: ProductParams): readonly GemmTile[] {
  const enough = tiles.filter(
    (tile) => drafts.reduce((sum, draft) => sum + workgroupsOf(draft, tile), 0) >= fill,
  );
  const smallest = tiles.at(-1)!;
  return drafts.map(
    ({ c }) => enough.find(({ rows, cols }) => 2 * c.rows > rows && 2 * c.cols > cols) ?? smallest,
  );
}

function workgroupsOf({ kind, c }: Draft, tile: GemmTile): number {
  if (kind === "gemv") return Math.ceil(c.rows / gemvTile.rows);
  return Math.ceil(c.rows / tile.rows) * Math.ceil(c.cols / tile.cols);
}

/** Parts of the sums of a product, where the device has room for `room` times the workgroups. */
function partsOf({ kind, depth }: Draft, room: number): number {
  if (room <= 1) return 1;
  return Math.max(1, Math.min(Math.ceil(room), Math.floor(depth / leastSplit[kind]), mostSplit));
}
