import {
  add,
  assemble,
  type Backend,
  type BlkErrorCode,
  BlockMatrix,
  BlockPattern,
  block,
  blockDiagonal,
  checked,
  explainMatmul,
  expr,
  gather,
  isBlkError,
  map,
  matmul,
  mean,
  norm,
  openBackend,
  Partition,
  reduce,
  repartition,
  restrict,
  scale,
  scope,
  softmax,
  sum,
  toBlockSparse,
  toDense,
  transfer,
  window,
} from "@blk/core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { js } from "../src/index.js";
import { gathererOf, onGatherer } from "./gatherer.js";

let be: Backend;
let gatherer: Backend | undefined;
let a: BlockMatrix;
let sparse: BlockMatrix;
let gone: BlockMatrix;
beforeAll(async () => {
  be = checked(await openBackend([js()]));
  a = BlockMatrix.fromRows(be, [
    [1, 2],
    [3, 4],
  ]);
  const shape = { rows: 2, cols: 2, blockRows: 1, blockCols: 1 };
  sparse = BlockMatrix.full(be, 1, { ...shape, pattern: BlockPattern.diagonal(2) });
  gone = BlockMatrix.zeros(be, { rows: 2, cols: 2 });
  gone.dispose();
});
afterAll(async () => {
  a.dispose();
  sparse.dispose();
  expect(be.memoryUsage().buffers).toBe(0);
  await be.dispose();
});

// What JavaScript lets through and TypeScript does not.
// biome-ignore lint/suspicious/noExplicitAny: that is the point
const any = (value: unknown): any => value;
const size = { rows: 1, cols: 1 };
const large = { rows: 1e7, cols: 1e7, blockRows: 1e3, blockCols: 1e3 };

/** What `use` does with a block-sparse matrix too large for one array. */
async function withLarge<T>(use: (matrix: BlockMatrix) => Promise<T>): Promise<T> {
  const pattern = BlockPattern.none(1e4, 1e4);
  using matrix = BlockMatrix.zeros(be, { ...large, pattern });
  return await use(matrix);
}

type Mistake = readonly [BlkErrorCode, RegExp, () => unknown];

const rawErrors: Readonly<Record<string, Mistake>> = {
  "a block of null": [
    "ARGUMENT",
    /^fromBlocks: .*block 1 is null.*\{ row, col, data \}/,
    () => BlockMatrix.fromBlocks(be, any([{ row: 0, col: 0, data: [1] }, null]), size),
  ],
  "options of null": [
    "ARGUMENT",
    /^matmul: expected options .*got null/,
    () => matmul(a, a, any(null)),
  ],
  "options of a map of null": [
    "ARGUMENT",
    /^map: expected options .*null/,
    () => map(a, expr.neg, any(null)),
  ],
  "options of a mean of null": [
    "ARGUMENT",
    /^mean: expected options .*null/,
    () => mean(a, any(null)),
  ],
  "options of a norm of null": [
    "ARGUMENT",
    /^norm: expected options .*null/,
    () => norm(a, any(null)),
  ],
  "options of a softmax of null": [
    "ARGUMENT",
    /^softmax: expected options .*null/,
    () => softmax(a, any(null)),
  ],
  "options of a gather of null": [
    "ARGUMENT",
    /^gather: expected options .*null/,
    () => gather(a, [0], any(null)),
  ],
  "a row index out of place, on a backend that gathers first": [
    "DTYPE",
    /^matmul: expected row indices as an i32 column/,
    () => {
      const left = ofGatherer(a);
      return matmul(left, left, { rows: left });
    },
  ],
  "options of reading of null": [
    "ARGUMENT",
    /^toRows: expected options .*null/,
    () => a.toRows(any(null)),
  ],
  "no factor, rows by index": [
    "ARGUMENT",
    /^matmul: expected a BlockMatrix, got undefined/,
    () => matmul(any(undefined), a, { rows: any(a) }),
  ],
  "operands that are no list": [
    "ARGUMENT",
    /^matmul: expected operands to be an array .*got BlockMatrix; write operands: \[x\]/,
    () => matmul(a, a, { operands: any(a), epilogue: expr.add }),
  ],
  "operands of nothing": [
    "ARGUMENT",
    /^matmul: operands are given \(1\), but no epilogue.*epilogue: \(p, x\) =>/,
    () => matmul(a, a, { operands: [a] }),
  ],
  "parts of a diagonal that are no list": [
    "ARGUMENT",
    /^blockDiagonal: expected an array of matrices, got BlockMatrix; write blockDiagonal\(\[a, b\]\)/,
    () => blockDiagonal(any(a)),
  ],
  "no grid": ["ARGUMENT", /^assemble: .*\[\[a, b\]\].*undefined/, () => any(assemble)()],
  "a grid of one list": [
    "ARGUMENT",
    /^assemble: expected rows of matrices, .*\[\[a, b\]\].*, but row 0 is BlockMatrix/,
    () => assemble(any([a, a])),
  ],
  "a repartition without cuts": [
    "ARGUMENT",
    /^repartition: expected options .*blockRows.*undefined/,
    () => any(repartition)(a),
  ],
  "a reduction without options": [
    "ARGUMENT",
    /^reduce: expected options .*op: "sum".*undefined/,
    () => any(reduce)(a),
  ],
  "a dense copy of nothing": [
    "ARGUMENT",
    /^toDense: expected a BlockMatrix, got undefined/,
    () => any(toDense)(),
  ],
  "blocks of nothing": [
    "ARGUMENT",
    /^toBlockSparse: expected a BlockMatrix, got undefined/,
    () => any(toBlockSparse)(),
  ],
  "a transfer of nothing": [
    "ARGUMENT",
    /^transfer: expected a BlockMatrix, got undefined/,
    () => any(transfer)(undefined, be),
  ],
  "a transfer to nowhere": [
    "ARGUMENT",
    /^transfer: expected an open backend, got undefined/,
    () => any(transfer)(a),
  ],
  "a repartition of nothing": [
    "ARGUMENT",
    /^repartition: expected a BlockMatrix, got undefined/,
    () => repartition(any(undefined), {}),
  ],
  "lengths that are a number": [
    "ARGUMENT",
    /^Partition\.of: expected an array of block lengths, got 3; .*Partition\.uniform\(size, 3\)/,
    () => Partition.of(any(3)),
  ],
  "cuts that are a number": [
    "ARGUMENT",
    /^Partition\.fromCuts: expected an array of positions, got 3/,
    () => Partition.fromCuts(any(3)),
  ],
  "a pattern without a rule": [
    "ARGUMENT",
    /^BlockPattern\.where: expected a function \(row, col\) => boolean, got undefined/,
    () => BlockPattern.where(2, 2, any(undefined)),
  ],
  "places that are no list": [
    "ARGUMENT",
    /^BlockPattern\.of: expected a list of \{ row, col \}, got undefined/,
    () => BlockPattern.of(2, 2, any(undefined)),
  ],
  "a scope of nothing": [
    "ARGUMENT",
    /^scope: expected a function, got undefined; .*scope\(\(\) =>/,
    () => any(scope)(),
  ],
  "a node of an unknown kind": [
    "ARGUMENT",
    /^map: expected an expression or a number, got .*"foo".*expr\./,
    () => map(a, () => any({ kind: "foo" })),
  ],
  "a node of an unknown kind inside": [
    "ARGUMENT",
    /^map: .*"foo"/,
    () => map(a, (x) => expr.add(x, any({ kind: "foo" }))),
  ],
};

const remedies: Readonly<Record<string, Mistake>> = {
  "a pattern of another grid": [
    "PARTITION",
    /^matmul: the pattern is for 2×2 blocks, but the matrix is cut into 1×1; .*blockRows and blockCols.*repartition\(\)/,
    () => matmul(a, a, { pattern: BlockPattern.diagonal(2) }),
  ],
  "a product into an out of another size": [
    "SHAPE",
    /^matmul: the product is 2×2, but out is 1×2 .*; make out 2×2/,
    () => scope(() => matmul(a, a, { out: BlockMatrix.zeros(be, { rows: 1, cols: 2 }) })),
  ],
  "a result into an out of another size": [
    "SHAPE",
    /^scale: the result is 2×2, but out is 1×2 .*; make out 2×2/,
    () => scope(() => scale(a, 2, { out: BlockMatrix.zeros(be, { rows: 1, cols: 2 }) })),
  ],
  "a window outside": [
    "BOUNDS",
    /^window: 2×2 at \(1, 1\) does not lie inside of 2×2; at most 1×1 begin there/,
    () => window(a, 1, 1, 2, 2),
  ],
  "a window that begins outside": [
    "BOUNDS",
    /^window: 1×1 at \(0, 5\) does not lie inside of 2×2; count from 0/,
    () => window(a, 0, 5, 1, 1),
  ],
};

const lost: Readonly<Record<string, Mistake>> = {
  "a sum into an absent block": [
    "ARGUMENT",
    /^add: out .*has no present block.*pattern/,
    () => scope(() => add(block(a, 0, 0), block(a, 0, 0), { out: block(sparse, 0, 1) })),
  ],
  "a product into an absent block": [
    "ARGUMENT",
    /^matmul: out .*has no present block/,
    () => scope(() => matmul(sparse, sparse, { out: none() })),
  ],
};

const labels: Readonly<Record<string, Mistake>> = {
  toDense: ["DISPOSED", /^toDense: /, () => toDense(gone)],
  toBlockSparse: ["DISPOSED", /^toBlockSparse: /, () => toBlockSparse(gone)],
  toRows: ["DISPOSED", /^toRows: /, () => gone.toRows()],
  repartition: ["DISPOSED", /^repartition: /, () => repartition(gone, { blockRows: 1 })],
  restrict: ["DISPOSED", /^restrict: /, () => restrict(gone, () => true)],
  transfer: ["DISPOSED", /^transfer: /, () => transfer(gone, be)],
  assemble: ["DISPOSED", /^assemble: /, () => assemble([[gone]])],
  explainMatmul: ["DISPOSED", /^explainMatmul: /, () => explainMatmul(gone, a)],
  "explainMatmul of unequal sizes": [
    "SHAPE",
    /^explainMatmul: A is/,
    () => scope(() => explainMatmul(a, BlockMatrix.zeros(be, { rows: 3, cols: 2 }))),
  ],
  "toBlockSparse of wrong cuts": [
    "PARTITION",
    /^toBlockSparse, blockRows: /,
    () => toBlockSparse(a, { blockRows: [3] }),
  ],
  toNumber: [
    "DISPOSED",
    /^toNumber: /,
    () => {
      const number = sum(a);
      number.dispose();
      return number.toNumber();
    },
  ],
};

const sizes: Readonly<Record<string, Mistake>> = {
  "all elements of a large sparse matrix": [
    "OUT_OF_MEMORY",
    /^toArray: .*100000000000000 elements .*400000000000000 bytes.*readBlock\(\) .*blocks\(\)/,
    () => withLarge((matrix) => matrix.toArray()),
  ],
  "all rows of a large sparse matrix": [
    "OUT_OF_MEMORY",
    /^toRows: .*readBlock\(\)/,
    () => withLarge((matrix) => matrix.toRows()),
  ],
};

/** The same matrix on a backend that does not read rows by index. */
function ofGatherer(x: BlockMatrix): BlockMatrix {
  gatherer ??= gathererOf(be);
  return onGatherer(x, gatherer);
}

function none(): BlockMatrix {
  const shape = { rows: 2, cols: 2, blockRows: 1, blockCols: 1 };
  return BlockMatrix.zeros(be, { ...shape, pattern: () => false });
}

const groups = {
  "instead of a raw TypeError": rawErrors,
  "with a remedy": remedies,
  "instead of losing what is written": lost,
  "in the name of the operation that was called": labels,
  "instead of a raw RangeError": sizes,
};

describe.each(Object.entries(groups))("is refused in one sentence %s", (_, mistakes) => {
  it.each(Object.entries(mistakes))("%s", async (_name, [code, says, make]) => {
    let error: unknown;
    try {
      await make();
    } catch (caught) {
      error = caught;
    }
    expect(isBlkError(error), String(error)).toBe(true);
    expect(error).toMatchObject({ code, message: expect.stringMatching(says) });
    expect((error as Error).message).not.toContain("\n");
  });
});

describe("what stays allowed", () => {
  it("an out of no elements, and one of some blocks", async () => {
    using empty = BlockMatrix.zeros(be, { rows: 0, cols: 2, pattern: () => false });
    using operand = BlockMatrix.zeros(be, { rows: 0, cols: 2 });
    expect(add(operand, operand, { out: empty })).toBe(empty);
    using some = BlockMatrix.zeros(be, {
      rows: 2,
      cols: 2,
      blockRows: 1,
      blockCols: 1,
      pattern: (row) => row === 1,
    });
    add(a, a, { out: some });
    expect(await some.toRows()).toEqual([
      [0, 0],
      [6, 8],
    ]);
  });

  it("an empty list of operands", async () => {
    using product = matmul(a, a, { operands: [] });
    expect(await product.toRows()).toEqual([
      [7, 10],
      [15, 22],
    ]);
  });

  it("reading one block of a matrix that is too large to be read as a whole", async () => {
    expect(await withLarge((matrix) => matrix.readBlock(9999, 0))).toHaveLength(1e6);
  });
});
