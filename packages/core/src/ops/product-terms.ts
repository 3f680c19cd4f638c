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

/** Is told a present place of C and the `k` of which the A[row, k]·B[k, col] add up to it, ascending. */
export type PlaceVisitor = (row: number, col: number, inner: ArrayLike<number>) => void;

/**
 * Visits the present places of C by rows, each with the block products that make it up. Of two
 * sparse factors, row i of C is found from the rows k of B for the present A[i, k] (Gustavson 1978),
 * so that the work is that of the blocks that meet, not of the places of the grid.
 */
export function visitProducts(grids: ProductGrids, visit: PlaceVisitor): void {
  const { a, b, c, rowCount } = grids;
  const everyInner = upTo(grids.innerCount);
  const everyCol = upTo(grids.colCount);
  const lists = new Array<number[] | undefined>(grids.colCount);
  const columnsOfB = a === undefined ? b?.transpose() : undefined;
  for (let row = 0; row < rowCount; row++) {
    const targets = c === undefined ? everyCol : c.columnsOf(row);
    if (targets.length === 0) continue;
    if (a !== undefined && b !== undefined) {
      visitSparseRow(row, a, b, targets, lists, visit);
      continue;
    }
    const ofRow = a === undefined ? everyInner : a.columnsOf(row);
    for (const col of targets) visit(row, col, columnsOfB?.columnsOf(col) ?? ofRow);
  }
}

/** `lists` is scratch for the `k` of each column of C; without lists before and after. */
function visitSparseRow(
  row: number,
  a: BlockPattern,
  b: BlockPattern,
  targets: Iterable<number> & { readonly length: number },
  lists: (number[] | undefined)[],
  visit: PlaceVisitor,
): void {
  for (const col of targets) lists[col] = [];
  for (const k of a.columnsOf(row)) {
    const columns = b.columnsOf(k);
    if (columns.length <= targets.length) {
      for (const col of columns) lists[col]?.push(k);
    } else {
      for (const col of targets) if (b.has(k, col)) lists[col]?.push(k);
    }
  }
  for (const col of targets) {
    visit(row, col, lists[col] as number[]);
    lists[col] = undefined;
  }
}

function upTo(count: number): readonly number[] {
  const numbers: number[] = [];
  for (let i = 0; i < count; i++) numbers.push(i);
  return numbers;
}
