/** Inner cuts of one dimension, in order: neither 0 nor the size is among them. */
export type Cuts = readonly number[];

export type Axis = "m" | "k" | "n";

/** A·B, A of m×k and B of k×n, all three cut, some blocks left out. Immutable. */
export interface BlockProduct {
  readonly cuts: Readonly<Record<Axis, Cuts>>;
  /** Blocks that are zero, by {@link blockKey}. */
  readonly absent: Readonly<Record<"a" | "b", ReadonlySet<string>>>;
}

/** Rows and columns of each matrix. */
export const size = 512;
/** Cuts lie on its multiples. */
export const raster = 16;
export const mostCuts = 5;

export function blockKey(row: number, col: number): string {
  return `${row} ${col}`;
}

/** The lengths of the blocks. */
export function lengthsOf(cuts: Cuts): readonly number[] {
  const ends = [...cuts, size];
  return ends.map((end, i) => end - (i === 0 ? 0 : (ends[i - 1] as number)));
}

/** A cut somewhere else, as far as its neighbours let it. */
export function moveCut(
  product: BlockProduct,
  axis: Axis,
  index: number,
  to: number,
): BlockProduct {
  const cuts = product.cuts[axis];
  const least = (cuts[index - 1] ?? 0) + raster;
  const most = (cuts[index + 1] ?? size) - raster;
  const position = Math.min(most, Math.max(least, Math.round(to / raster) * raster));
  return withCuts(
    product,
    axis,
    cuts.map((cut, i) => (i === index ? position : cut)),
  );
}

/** One cut more, through the middle of the largest block; the same where there are too many. */
export function addCut(product: BlockProduct, axis: Axis): BlockProduct {
  const cuts = product.cuts[axis];
  const lengths = lengthsOf(cuts);
  const largest = lengths.indexOf(Math.max(...lengths));
  const start = cuts[largest - 1] ?? 0;
  const half = Math.round((lengths[largest] as number) / 2 / raster) * raster;
  if (cuts.length >= mostCuts) return product;
  const more = [...cuts, start + half].sort((x, y) => x - y);
  return withCuts(product, axis, more);
}

/** Without the last cut. */
export function removeCut(product: BlockProduct, axis: Axis): BlockProduct {
  return withCuts(product, axis, product.cuts[axis].slice(0, -1));
}

/** A block of A or B left out, or there again. */
export function toggleBlock(product: BlockProduct, matrix: "a" | "b", key: string): BlockProduct {
  const absent = new Set(product.absent[matrix]);
  if (!absent.delete(key)) absent.add(key);
  return { ...product, absent: { ...product.absent, [matrix]: absent } };
}

/** The inner blocks of which A's and B's are both there, for a block of the result. */
export function termsOf({ cuts, absent }: BlockProduct, row: number, col: number): number[] {
  return lengthsOf(cuts.k).flatMap((_, inner) =>
    absent.a.has(blockKey(row, inner)) || absent.b.has(blockKey(inner, col)) ? [] : [inner],
  );
}

/** Blocks that are no longer cut out are no longer left out either. */
function withCuts(product: BlockProduct, axis: Axis, cuts: Cuts): BlockProduct {
  const all = { ...product.cuts, [axis]: cuts };
  const within = (keys: ReadonlySet<string>, rows: Cuts, cols: Cuts): ReadonlySet<string> =>
    new Set(
      [...keys].filter((key) => {
        const [row = 0, col = 0] = key.split(" ").map(Number);
        return row <= rows.length && col <= cols.length;
      }),
    );
  const { a, b } = product.absent;
  return { cuts: all, absent: { a: within(a, all.m, all.k), b: within(b, all.k, all.n) } };
}
