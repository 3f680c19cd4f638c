import type { BlockPattern } from "../block-pattern.js";

/** Which blocks of `C = A·B` are present, and the sizes of the three grids; dense without pattern. */
export interface ProductGrids {
  readonly a: BlockPattern | undefined;
  readonly b: BlockPattern | undefined;
  readonly c: BlockPattern | undefined;
  readonly rowCount: number;
  readonly innerCount: number;
  readonly colCount: number;
}

/** A present place of C and the `k` of which the A[row, k]·B[k, col] add up to it, ascending. */
export interface PlaceTerms {
  readonly row: number;
  readonly col: number;
  readonly inner: ArrayLike<number>;
}

/**
 * The block products that make up each present place of C, by rows. Of two sparse factors, row i
 * of C is found from the rows k of B for the present A[i, k] (Gustavson 1978), so that the work is
 * that of the blocks that meet, not of the places of the grid.
 */
export function* productTerms(grids: ProductGrids): IterableIterator<PlaceTerms> {
  const { a, b, c, rowCount } = grids;
  const everyInner = Array.from({ length: grids.innerCount }, (_, k) => k);
  const everyCol = Array.from({ length: grids.colCount }, (_, col) => col);
  const columnsOfB = a === undefined ? b?.transpose() : undefined;
  for (let row = 0; row < rowCount; row++) {
    const targets = c === undefined ? everyCol : c.columnsOf(row);
    if (targets.length === 0) continue;
    if (a !== undefined && b !== undefined) {
      yield* sparseRow(row, a, b, targets);
      continue;
    }
    const ofRow = a === undefined ? everyInner : a.columnsOf(row);
    for (const col of targets) yield { row, col, inner: columnsOfB?.columnsOf(col) ?? ofRow };
  }
}

function* sparseRow(
  row: number,
  a: BlockPattern,
  b: BlockPattern,
  targets: Iterable<number> & { readonly length: number },
): IterableIterator<PlaceTerms> {
  const lists = new Map<number, number[]>();
  for (const col of targets) lists.set(col, []);
  for (const k of a.columnsOf(row)) {
    const columns = b.columnsOf(k);
    if (columns.length <= targets.length) {
      for (const col of columns) lists.get(col)?.push(k);
    } else {
      for (const [col, inner] of lists) if (b.has(k, col)) inner.push(k);
    }
  }
  for (const [col, inner] of lists) yield { row, col, inner };
}
