import {
  add,
  argmax,
  assemble,
  type Backend,
  BlkError,
  type BlkErrorCode,
  BlockMatrix,
  BlockPattern,
  block,
  blockDiagonal,
  blocks,
  cast,
  checked,
  div,
  explainMatmul,
  expr,
  gather,
  isBlkError,
  map,
  matmul,
  max,
  mean,
  min,
  mul,
  norm,
  relu,
  repartition,
  scatterAdd,
  scope,
  softmax,
  sub,
  sum,
  toBlockSparse,
  toDense,
  transfer,
  transpose,
  window,
} from "@blk/core";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { js } from "../src/index.js";

let backend: Backend;
beforeEach(async () => {
  backend = checked(await js().create());
});
afterEach(async () => {
  await backend.dispose();
});

/** Small whole numbers: sums and products of them are exact, so results are compared by bits. */
function numbers(count: number, seed: number): Float64Array {
  let state = seed;
  return Float64Array.from({ length: count }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return ((state >>> 24) % 7) - 3;
  });
}

const rows = [2, 0, 3, 1];
const inner = [1, 4, 2];
const cols = [3, 3];
const [m, k, n] = [6, 7, 6];
const holes = (row: number, col: number): boolean => (row + col) % 2 === 0;

function naive(a: ArrayLike<number>, b: ArrayLike<number>): number[] {
  return Array.from({ length: m * n }, (_, at) => {
    let total = 0;
    for (let p = 0; p < k; p++) {
      total += (a[Math.floor(at / n) * k + p] as number) * (b[p * n + (at % n)] as number);
    }
    return total;
  });
}

function left(pattern?: typeof holes): BlockMatrix {
  const options = { rows: m, cols: k, blockRows: rows, blockCols: inner };
  const data = numbers(m * k, 1);
  return BlockMatrix.fromArray(backend, data, pattern ? { ...options, pattern } : options);
}

function right(pattern?: typeof holes): BlockMatrix {
  const options = { rows: k, cols: n, blockRows: inner, blockCols: cols };
  const data = numbers(k * n, 2);
  return BlockMatrix.fromArray(backend, data, pattern ? { ...options, pattern } : options);
}

describe("matmul over partitions and patterns", () => {
  it.each([
    ["dense·dense", undefined, undefined],
    ["sparse·dense", holes, undefined],
    ["dense·sparse", undefined, holes],
    ["sparse·sparse", holes, holes],
  ])("%s equals the product of all elements", async (_, patternA, patternB) => {
    using a = left(patternA);
    using b = right(patternB);
    const expected = naive(await a.toArray(), await b.toArray());
    using c = matmul(a, b);
    expect([...(await c.toArray())]).toEqual(expected);
    expect(c.isSparse).toBe(patternA !== undefined && patternB !== undefined);
    using at = transpose(a);
    using bt = transpose(b);
    using mirrored = matmul(bt, at);
    using back = transpose(mirrored);
    expect([...(await back.toArray())]).toEqual(expected);
    using flagged = matmul(at, bt, { transposeA: true, transposeB: true });
    expect([...(await flagged.toArray())]).toEqual(expected);
  });

  it("applies alpha, beta, bias, activation and epilogue once, also to empty sums", async () => {
    using a = left(() => false);
    using b = right();
    using out = BlockMatrix.full(backend, 2, { rows: m, cols: n, dtype: "f64" });
    using bias = BlockMatrix.fromRows(backend, [[1, -9, 1, 1, 1, 1]], { dtype: "f64" });
    using factor = BlockMatrix.fromRows(backend, [[1], [2], [3], [4], [5], [6]], { dtype: "f64" });
    matmul(a, b, {
      alpha: 3,
      beta: 0.5,
      out,
      bias,
      activation: relu,
      epilogue: (p, f) => expr.mul(p, f),
      operands: [factor],
    });
    expect((await out.toRows())[2]).toEqual([6, 0, 6, 6, 6, 6]);
  });

  it("computes only sampled blocks", async () => {
    using a = left();
    using b = right();
    const pattern = BlockPattern.of(4, 2, [{ row: 2, col: 1 }]);
    using c = matmul(a, b, { pattern });
    const all = naive(await a.toArray(), await b.toArray());
    const expected = all.map((x, at) => {
      const row = Math.floor(at / n);
      return row >= 2 && row < 5 && at % n >= 3 ? x : 0;
    });
    expect((await c.toArray()).join()).toBe(expected.join());
    expect(explainMatmul(a, b, { pattern }).multiplyAdds).toBe(3 * 3 * k);
  });

  it("reads rows by index", async () => {
    using a = left();
    using b = right();
    using picked = BlockMatrix.fromRows(backend, [[4], [-1], [0]], { dtype: "i32" });
    using c = matmul(a, b, { rows: picked });
    const all = naive(await a.toArray(), await b.toArray());
    const expected = [
      ...all.slice(4 * n, 5 * n),
      ...new Array<number>(n).fill(0),
      ...all.slice(0, n),
    ];
    expect([...(await c.toArray())]).toEqual(expected);
  });

  it("is the article's worked example", async () => {
    const ones = { blockRows: 1, blockCols: 1 };
    using a = BlockMatrix.fromRows(
      backend,
      [
        [1, 2],
        [3, 4],
      ],
      ones,
    );
    using b = BlockMatrix.fromRows(
      backend,
      [
        [5, 6],
        [7, 8],
      ],
      ones,
    );
    using product = matmul(a, b);
    using total = add(a, b);
    expect(await product.toRows()).toEqual([
      [19, 22],
      [43, 50],
    ]);
    expect(await total.toRows()).toEqual([
      [6, 8],
      [10, 12],
    ]);
    const { blockByBlock, unblocked, products } = explainMatmul(a, b);
    expect([products, blockByBlock.terms, unblocked.terms]).toEqual([1, 8, 1]);
    expect(blockByBlock.temporaryBytes).toBe(2 * 4 * 4);
  });
});

describe("elementwise operations", () => {
  it("follow the zeros: sparse where absent operands decide", async () => {
    using dense = left();
    using sparse = left(holes);
    const [d, s] = [await dense.toArray(), await sparse.toArray()];
    using total = add(dense, sparse);
    using product = mul(dense, sparse);
    using both = sub(sparse, sparse);
    using powers = map(sparse, (x) => expr.exp(x));
    expect([total.isSparse, product.isSparse, both.isSparse, powers.isSparse]).toEqual([
      false,
      true,
      true,
      false,
    ]);
    expect([...(await total.toArray())]).toEqual(Array.from(d, (x, i) => x + (s[i] as number)));
    expect((await product.toArray()).join()).toBe(d.map((x, i) => x * (s[i] as number) + 0).join());
    expect([...(await powers.toArray())]).toEqual(Array.from(s, Math.exp));
  });

  it("repeat rows and columns, also of sparse operands", async () => {
    using a = left();
    using row = BlockMatrix.fromArray(backend, numbers(k, 3), {
      rows: 1,
      cols: k,
      blockCols: inner,
      pattern: (_, col) => col === 1,
    });
    using result = sub(a, row);
    const [x, y] = [await a.toArray(), await row.toArray()];
    expect([...(await result.toArray())]).toEqual(
      Array.from(x, (v, i) => v - (y[i % k] as number)),
    );
  });

  it("keep f16 and i32 to their own arithmetic", async () => {
    using half = BlockMatrix.fromRows(backend, [[0.1, 65504]], { dtype: "f16" });
    using twice = add(half, half);
    expect([...(await twice.toArray())]).toEqual([0.199951171875, Number.POSITIVE_INFINITY]);
    using i = BlockMatrix.fromRows(backend, [[2147483647, -5]], { dtype: "i32" });
    using wrapped = add(i, i);
    expect([...(await wrapped.toArray())]).toEqual([-2, -10]);
    using f = cast(i, "f64");
    using q = div(f, f);
    expect([...(await q.toArray())]).toEqual([1, 1]);
  });
});

describe("reductions", () => {
  it.each([undefined, holes])("equal plain loops (pattern %s)", async (pattern) => {
    using a = left(pattern);
    const data = await a.toRows();
    const flat = data.flat();
    using total = sum(a);
    using rowMax = max(a, { per: "row" });
    using colMin = min(a, { per: "column" });
    using average = mean(a, { per: "row" });
    using largest = argmax(a, { per: "row" });
    using length = norm(a);
    using blockSums = sum(a, { per: "block" });
    expect(await total.toNumber()).toBe(flat.reduce((x, y) => x + y, 0));
    expect([...(await rowMax.toArray())]).toEqual(data.map((r) => Math.max(...r)));
    expect([...(await colMin.toArray())]).toEqual(
      Array.from({ length: k }, (_, j) => Math.min(...data.map((r) => r[j] as number))),
    );
    expect([...(await average.toArray())]).toEqual(
      data.map((r) => r.reduce((x, y) => x + y, 0) / k),
    );
    expect([...(await largest.toArray())]).toEqual(data.map((r) => r.indexOf(Math.max(...r))));
    const exact = Math.sqrt(flat.reduce((x, y) => x + y * y, 0));
    expect(Math.abs((await length.toNumber()) - exact)).toBeLessThan(1e-13 * exact);
    expect([blockSums.rows, blockSums.cols]).toEqual([4, 3]);
    expect(Array.from(await blockSums.toArray()).reduce((x, y) => x + y, 0)).toBe(
      await total.toNumber(),
    );
  });

  it("take norms without overflow and of nothing", async () => {
    using huge = BlockMatrix.full(backend, 1e300, { rows: 1, cols: 4, dtype: "f64" });
    using length = norm(huge);
    expect(await length.toNumber()).toBe(2e300);
    using nothing = BlockMatrix.zeros(backend, { rows: 2, cols: 0, dtype: "f64" });
    using none = norm(nothing, { per: "row" });
    expect([...(await none.toArray())]).toEqual([0, 0]);
  });

  it("softmax sums to one, and masks absent blocks", async () => {
    using a = left(holes);
    using plain = softmax(a);
    using totals = sum(plain, { per: "row" });
    for (const x of await totals.toArray()) expect(Math.abs(x - 1)).toBeLessThan(1e-14);
    using masked = softmax(a, { absent: "masked" });
    expect(masked.pattern?.equals(a.pattern as BlockPattern)).toBe(true);
    const weights = await masked.toRows();
    const scores = await a.toRows();
    const row = [0, 5, 6].map((j) => Math.exp(scores[0]?.[j] as number));
    const expected = (row[1] as number) / row.reduce((x, y) => x + y, 0);
    expect(Math.abs((weights[0]?.[5] as number) - expected)).toBeLessThan(1e-15);
    expect(weights[0]?.[1]).toBe(0);
  });
});

describe("moving blocks", () => {
  it("assembles, views, repartitions and converts without changing an element", async () => {
    using a = left();
    using s = left(holes);
    using grid = assemble([
      [a, s],
      [null, a],
    ]);
    expect([grid.rows, grid.cols, grid.isSparse]).toEqual([2 * m, 2 * k, true]);
    const [x, y] = [await a.toRows(), await s.toRows()];
    const zeros = new Array<number>(k).fill(0);
    const expected = [
      ...x.map((r, i) => [...r, ...(y[i] as number[])]),
      ...x.map((r) => [...zeros, ...r]),
    ];
    expect(await grid.toRows()).toEqual(expected);
    using other = repartition(grid, { blockRows: 5, blockCols: [14] });
    expect(await other.toRows()).toEqual(expected);
    using dense = toDense(other);
    using sparse = await toBlockSparse(dense, { blockRows: 3, blockCols: 7 });
    expect(sparse.pattern?.has(2, 0)).toBe(false);
    expect(await sparse.toRows()).toEqual(expected);
    using diagonal = blockDiagonal([a, a]);
    expect(diagonal.pattern?.count).toBe(2 * rows.length * inner.length);
    using part = block(a, 2, 1);
    using same = window(a, 2, 1, 3, 4);
    expect(await part.toRows()).toEqual(await same.toRows());
    expect([...blocks(s)].length).toBe(s.pattern?.count);
    expect([...(await s.readBlock(2, 1))]).toEqual(new Array<number>(12).fill(0));
  });

  it("gathers and scatters rows", async () => {
    using a = left();
    const data = await a.toRows();
    using g = gather(a, [5, -1, 5]);
    expect(await g.toRows()).toEqual([data[5], new Array<number>(k).fill(0), data[5]]);
    using target = BlockMatrix.zeros(backend, { rows: 2, cols: k, dtype: "f64" });
    scatterAdd(target, [1, 0, 1], g);
    expect((await target.toRows())[1]).toEqual(data[5]?.map((x) => 2 * x));
  });

  it("moves to another backend", async () => {
    await using other = await js().create();
    using a = left(holes);
    using moved = await transfer(a, other);
    expect(await moved.toRows()).toEqual(await a.toRows());
    expect(code(() => add(a, moved))).toBe("BACKEND_MISMATCH");
  });
});

describe("lifetime", () => {
  it("leaves nothing behind", () => {
    const before = backend.memoryUsage();
    const kept = scope(() => {
      const a = left(holes);
      const inside = scope(() => [matmul(a, right()), transpose(a)]);
      return { view: transpose(inside[0] as BlockMatrix) };
    });
    expect(backend.memoryUsage().buffers).toBe(before.buffers + 1);
    kept.view.source?.dispose();
    expect(kept.view.disposed).toBe(true);
    expect(backend.memoryUsage()).toEqual(before);
    expect(code(() => scope(async () => left()))).toBe("ARGUMENT");
    expect(() => scope(() => matmul(left(), left()))).toThrow("must equal B's rows");
    expect(backend.memoryUsage()).toEqual(before);
  });
});

function code(run: () => unknown): BlkErrorCode | "nothing" {
  try {
    run();
  } catch (error) {
    if (isBlkError(error)) return error.code;
    throw error;
  }
  return "nothing";
}

describe("bad input", () => {
  it.each<[string, () => unknown, BlkErrorCode, string]>([
    [
      "ragged rows",
      () => BlockMatrix.fromRows(backend, [[1, 2], [3]]),
      "ARGUMENT",
      "row 0 has 2 numbers and row 1 has 1",
    ],
    [
      "a NaN size",
      () => BlockMatrix.zeros(backend, { rows: Number.NaN, cols: 1 }),
      "ARGUMENT",
      "got NaN",
    ],
    [
      "too few numbers",
      () => BlockMatrix.fromArray(backend, [1], { rows: 2, cols: 1 }),
      "SHAPE",
      "needs 2 numbers, got 1",
    ],
    [
      "a fraction as i32",
      () => BlockMatrix.fromRows(backend, [[1.5]], { dtype: "i32" }),
      "DTYPE",
      "1.5",
    ],
    [
      "shapes",
      () => matmul(left(), left()),
      "SHAPE",
      "A is 6×7 and B is 6×7; A's columns (7) must equal B's rows (6)",
    ],
    [
      "cuts",
      () => matmul(left(), repartition(right(), { blockRows: 2 })),
      "PARTITION",
      "repartition()",
    ],
    ["types", () => add(left(), cast(left(), "f32")), "DTYPE", "cast()"],
    [
      "disposed",
      () => {
        const a = left();
        a.dispose();
        return add(a, a);
      },
      "DISPOSED",
      "add: 6×7 f64 (fromArray) was disposed",
    ],
    [
      "aliases",
      () => {
        const a = left();
        return add(a, a, { out: a });
      },
      "ALIAS",
      "overlaps",
    ],
    ["beta without out", () => matmul(left(), right(), { beta: 1 }), "ARGUMENT", "give `out` too"],
    [
      "a division of i32",
      () => {
        const a = cast(left(), "i32");
        return div(a, a);
      },
      "DTYPE",
      "div is not defined for i32",
    ],
    ["an index outside", () => gather(left(), [6]), "BOUNDS", "index 0 is 6"],
    [
      "no matrix",
      () => add(left(), 3 as unknown as BlockMatrix),
      "ARGUMENT",
      "expected a BlockMatrix, got 3",
    ],
  ])("%s: one clear sentence", (_, run, expected, text) => {
    expect(code(run)).toBe(expected);
    expect(run).toThrow(text);
    expect(run).toThrow(BlkError);
  });
});
