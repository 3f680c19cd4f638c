import {
  add,
  assemble,
  type Backend,
  BlockMatrix,
  BlockPattern,
  blockDiagonal,
  cast,
  checked,
  denseView,
  explainMatmul,
  expr,
  isBlkError,
  map,
  matmul,
  mul,
  relu,
  repartition,
  restrict,
  scale,
  toBlockSparse,
  toDense,
  transfer,
  transpose,
} from "@blk/core";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { js } from "../src/index.js";
import { gathererOf, onGatherer } from "./gatherer.js";

let backend: Backend;
beforeEach(async () => {
  backend = await js().create();
});
afterEach(async () => {
  await backend.dispose();
});

/** The code of the error that `run` throws. */
function code(run: () => unknown): string {
  try {
    run();
    return "nothing";
  } catch (error) {
    return isBlkError(error) ? error.code : String(error);
  }
}

/** A rows×cols matrix of 1, 2, 3, … */
function counted(rows: number, cols: number, cuts: { blockRows?: number; blockCols?: number }) {
  const numbers = Float32Array.from({ length: rows * cols }, (_, i) => i + 1);
  return BlockMatrix.fromArray(backend, numbers, { rows, cols, ...cuts });
}

describe("a sparse out", () => {
  const holes = (_: number, col: number): boolean => col !== 1;

  it("may be uncut where an operand is cut", async () => {
    const a = counted(4, 4, { blockRows: 2 });
    const sparse = restrict(repartition(a, { blockRows: 2, blockCols: 2 }), () => true);
    const identity = BlockMatrix.identity(backend, 4);
    const blocks = BlockMatrix.identity(backend, 4, { blocks: 2 });
    const all = [...(await a.toArray())];
    for (const cuts of [{ blockCols: 2 }, { blockRows: 2 }, {}, { blockRows: 2, blockCols: 2 }]) {
      for (const left of [a, sparse]) {
        for (const right of [identity, blocks]) {
          const out = BlockMatrix.zeros(backend, {
            rows: 4,
            cols: 4,
            ...cuts,
            pattern: () => true,
          });
          matmul(left, right, { out });
          expect([...(await out.toArray())]).toEqual(all);
        }
        const out = BlockMatrix.zeros(backend, { rows: 4, cols: 4, ...cuts, pattern: () => true });
        map(left, (x) => x, { out });
        expect([...(await out.toArray())]).toEqual(all);
      }
    }
  });

  it("keeps its absent blocks, and only its present ones are computed", async () => {
    const a = counted(6, 6, { blockRows: 3 });
    const shape = { rows: 6, cols: 6, blockCols: 2 };
    const out = BlockMatrix.zeros(backend, { ...shape, pattern: holes });
    const expected = Array.from(await a.toArray(), (x, i) => ([2, 3].includes(i % 6) ? 0 : x));
    map(a, (x) => x, { out });
    expect([...(await out.toArray())]).toEqual(expected);
    matmul(a, BlockMatrix.identity(backend, 6), { out, beta: 1 });
    expect([...(await out.toArray())]).toEqual(expected.map((x) => 2 * x));
  });

  it("throws ALIAS over an operand, without the checks of checked()", () => {
    const a = counted(4, 4, { blockRows: 2, blockCols: 2 });
    const b = BlockMatrix.identity(backend, 4, { blocks: 2 });
    const row = BlockMatrix.zeros(backend, { rows: 1, cols: 4 });
    expect(code(() => matmul(a, a, { out: a }))).toBe("ALIAS");
    expect(code(() => matmul(b, b, { out: transpose(b) }))).toBe("ALIAS");
    expect(code(() => matmul(a, a, { bias: row, out: row }))).toBe("SHAPE");
    expect(code(() => map(transpose(b), relu, { out: b }))).toBe("ALIAS");
    expect(code(() => map([a, b], expr.add, { out: a }))).toBe("ALIAS");
    expect(code(() => matmul(a, a, { out: toDense(a), operands: [] }))).toBe("nothing");
  });

  it("throws for options that contradict it", () => {
    const b = BlockMatrix.identity(backend, 4, { blocks: 2 });
    const out = BlockMatrix.zeros(backend, { ...grid(2), pattern: BlockPattern.diagonal(2) });
    expect(code(() => map(b, relu, { out, dtype: "f64" }))).toBe("DTYPE");
    expect(code(() => map(b, relu, { out, dtype: "f32" }))).toBe("nothing");
    expect(code(() => matmul(b, b, { out, pattern: () => true }))).toBe("ARGUMENT");
    expect(code(() => map(b, relu, { out, pattern: () => true }))).toBe("ARGUMENT");
    const same = { out, pattern: (row: number, col: number) => row === col };
    expect(code(() => matmul(b, b, same))).toBe("nothing");
    expect(code(() => matmul(b, b, { out: toDense(b), pattern: out.pattern! }))).toBe("ARGUMENT");
  });
});

describe("patterns as functions", () => {
  it("are accepted by matmul, map and restrict", () => {
    const a = counted(4, 4, { blockRows: 2, blockCols: 2 });
    const pattern = (row: number, col: number): boolean => row >= col;
    const all = [matmul(a, a, { pattern }), map(a, relu, { pattern }), restrict(a, pattern)];
    const lower = BlockPattern.lowerTriangular(2);
    expect(all.map((x) => x.pattern?.equals(lower))).toEqual([true, true, true]);
  });
});

/** A grid of count×count blocks of 2×2. */
function grid(count: number) {
  return { rows: 2 * count, cols: 2 * count, blockRows: 2, blockCols: 2 };
}

describe("copies of blocks", () => {
  it("agree with those of dense matrices", async () => {
    const a = counted(12, 12, { blockRows: 3, blockCols: 4 });
    const sparse = restrict(a, (row, col) => (row + col) % 2 === 0);
    const dense = await sparse.toArray();
    expect(await toDense(sparse).toArray()).toEqual(dense);
    for (const blockRows of [1, 2, 4, 5, 12, [0, 3, 0, 9, 0]]) {
      const cut = repartition(sparse, { blockRows, blockCols: 6 });
      expect(await cut.toArray()).toEqual(dense);
    }
    const copy = await transfer(cast(sparse, "f16"), backend);
    expect(await copy.toArray()).toEqual(dense);
    expect(copy.pattern?.equals(sparse.pattern!)).toBe(true);
    const diagonal = blockDiagonal([a, sparse]);
    const zeros = [
      [a, null],
      [null, sparse],
    ];
    const assembled = assemble(zeros);
    expect(diagonal.pattern?.equals(assembled.pattern!)).toBe(true);
    expect(await diagonal.toArray()).toEqual(await assembled.toArray());
    expect(code(() => blockDiagonal([]))).toBe("ARGUMENT");
    expect(code(() => blockDiagonal([a, cast(a, "f64")]))).toBe("DTYPE");
  });

  it("fills the absent blocks of a dense result in runs", async () => {
    const a = counted(6, 8, { blockRows: 2, blockCols: 2 });
    const sparse = restrict(a, (row, col) => row !== 1 && col % 3 === row);
    const other = restrict(a, (row, col) => row === 0 && col === 2);
    const got = map([a, sparse, other], (x, y, z) => expr.add(x, expr.sub(expr.exp(y), z)));
    const [x, y, z] = [await a.toArray(), await sparse.toArray(), await other.toArray()];
    const wanted = x.map((v, i) => v + (Math.exp(y[i]!) - z[i]!));
    const result = await got.toArray();
    expect(result.every((v, i) => Math.abs(v - wanted[i]!) <= 1e-6 * Math.abs(wanted[i]!))).toBe(
      true,
    );
  });
});

describe("10,000 blocks", () => {
  const count = 10_000;
  const limit = 1000;
  const diagonal = (): BlockMatrix =>
    BlockMatrix.full(backend, 1, { ...grid(count), pattern: BlockPattern.diagonal(count) });
  const column = (): BlockMatrix => BlockMatrix.full(backend, 1, { rows: 2 * count, cols: 1 });
  const blocksOfOne = (): BlockMatrix[] =>
    Array.from({ length: count }, () => BlockMatrix.full(backend, 1, { rows: 2, cols: 2 }));
  const one = (x: BlockMatrix): Promise<ArrayLike<number>> => x.readBlock(5000, 5000);

  const cases: Record<string, () => Promise<readonly [BlockMatrix, number]>> = {
    "matmul of a diagonal and a vector": async () => {
      const y = matmul(diagonal(), column());
      return [y, (await y.toArray())[777]!];
    },
    "matmul of diagonals": async () => {
      const y = matmul(diagonal(), diagonal());
      return [y, (await one(y))[3]!];
    },
    "matmul of dense factors at some blocks": async () => {
      const x = repartition(column(), { blockRows: 2 });
      const pattern = BlockPattern.diagonal(count);
      const y = matmul(x, transpose(x), { pattern, alpha: 2 });
      return [y, (await one(y))[3]!];
    },
    scale: async () => {
      const y = scale(diagonal(), 2);
      return [y, (await one(y))[0]!];
    },
    "add and mul": async () => {
      const y = mul(add(diagonal(), diagonal()), column());
      return [y, (await one(y))[0]!];
    },
    blockDiagonal: async () => {
      const y = blockDiagonal(blocksOfOne());
      return [y, 1 + (await one(y))[0]!];
    },
    assemble: async () => {
      const parts = blocksOfOne();
      const y = assemble(
        Array.from({ length: 100 }, (_, i) => parts.slice(100 * i, 100 * i + 100)),
      );
      return [y, (await y.toArray())[777]!];
    },
    repartition: async () => {
      const y = repartition(diagonal(), { blockRows: 4, blockCols: 4 });
      return [y, (await y.readBlock(2500, 2500))[1]!];
    },
    restrict: async () => {
      const y = restrict(diagonal(), BlockPattern.banded(count, 1, 1));
      return [y, (await one(y))[0]!];
    },
    transfer: async () => {
      const y = await transfer(diagonal(), backend);
      return [y, (await one(y))[0]!];
    },
    toBlockSparse: async () => {
      const a = BlockMatrix.full(backend, 1, { ...grid(100) });
      const y = await toBlockSparse(a);
      return [y, (await y.readBlock(50, 50))[0]!];
    },
    "toDense (1,000 of 4×4)": async () => {
      const shape = { rows: 4000, cols: 4000, blockRows: 4, blockCols: 4 };
      const pattern = BlockPattern.diagonal(1000);
      const y = toDense(BlockMatrix.full(backend, 1, { ...shape, pattern }));
      return [y, (await y.readBlock(500, 500))[0]!];
    },
    "checked map": async () => {
      const safe = checked(backend);
      const pattern = BlockPattern.diagonal(count);
      const y = scale(BlockMatrix.full(safe, 1, { ...grid(count), pattern }), 2);
      return [y, (await one(y))[0]!];
    },
    "checked matmul into columns of blocks": async () => {
      const safe = checked(backend);
      const pattern = BlockPattern.diagonal(count);
      const row = BlockMatrix.full(safe, 1, { rows: 2, cols: 2 * count });
      const y = matmul(row, BlockMatrix.full(safe, 1, { ...grid(count), pattern }));
      return [y, (await y.toArray())[777]!];
    },
    explainMatmul: async () => {
      const { products, terms, blockByBlock } = explainMatmul(diagonal(), diagonal());
      expect([products, terms, blockByBlock.terms]).toEqual([count, count, count]);
      return [column(), 2];
    },
  };
  const expected: Record<string, number> = {
    "matmul of a diagonal and a vector": 2,
    assemble: 1,
    repartition: 1,
    restrict: 1,
    transfer: 1,
    toBlockSparse: 1,
    "toDense (1,000 of 4×4)": 1,
  };
  for (const [name, run] of Object.entries(cases)) {
    it(`take ${name} little time`, { timeout: 60_000 }, async () => {
      const start = performance.now();
      const [result, value] = await run();
      expect(performance.now() - start).toBeLessThan(limit);
      expect(value).toBe(expected[name] ?? 2);
      result.dispose();
    });
  }
});

describe("checked softmax", () => {
  it("verifies its views as every other kernel does", () => {
    const safe = checked(backend);
    const view = denseView(safe.allocate(64), "f32", 2, 4);
    const other = denseView(safe.allocate(64), "f32", 2, 4);
    const run = (inputs: readonly (typeof view)[], out: typeof view) => () =>
      safe.fused?.softmax?.([{ inputs, out }]);
    expect(code(run([view], other))).toBe("nothing");
    expect(code(run([view], view))).toBe("ALIAS");
    expect(code(run([], other))).toBe("ARGUMENT");
    expect(code(run([{ ...view, rows: 1 }], other))).toBe("SHAPE");
    expect(code(run([{ ...view, rows: 100 }], { ...other, rows: 100 }))).toBe("BOUNDS");
    expect(code(run([{ ...view, dtype: "i32" }], other))).toBe("DTYPE");
  });
});

describe("explainMatmul", () => {
  it("counts the dense product with what is fused", () => {
    const a = counted(4, 6, { blockRows: 2, blockCols: 3 });
    const b = counted(6, 8, { blockRows: 3, blockCols: 4 });
    const bias = BlockMatrix.zeros(backend, { rows: 1, cols: 8 });
    const out = BlockMatrix.zeros(backend, { rows: 4, cols: 8 });
    const plain = explainMatmul(a, b);
    const fused = explainMatmul(a, b, { bias, out, beta: 1 });
    expect(plain.unblocked.bytesMoved).toBe(4 * (24 + 48 + 32));
    expect(fused.unblocked.bytesMoved).toBe(4 * (24 + 48 + 8 + 2 * 32));
    // Of dense matrices, this call is the unblocked one.
    for (const { unblocked, ...own } of [plain, fused]) expect(own).toMatchObject(unblocked);
  });

  it("plans the dense product for itself", () => {
    const a = BlockMatrix.zeros(backend, { ...grid(32), pattern: BlockPattern.diagonal(32) });
    const dense = BlockMatrix.zeros(backend, { rows: 64, cols: 64 });
    const own = explainMatmul(a, a);
    expect(own.unblocked.temporaryBytes).toBe(explainMatmul(dense, dense).temporaryBytes);
    expect(own.temporaryBytes).toBeLessThan(own.unblocked.temporaryBytes);
  });

  it("skips absent blocks block by block", () => {
    const a = restrict(counted(4, 4, { blockRows: 2, blockCols: 2 }), (row, col) => row >= col);
    const { blockByBlock, unblocked } = explainMatmul(a, a);
    // (0, 0): 1 product, (1, 0): 2, (1, 1): 1.
    expect(blockByBlock).toEqual({
      products: 4,
      terms: 4,
      multiplyAdds: 4 * 8,
      additions: 4,
      bytesMoved: 4 * (4 * (4 + 4 + 4) + 3 * 4),
      temporaryBytes: 4 * 2 * 4,
    });
    expect(unblocked.multiplyAdds).toBe(64);
  });

  it("counts rows by index, and their gather where the backend has to", () => {
    const a = counted(10, 4, {});
    const b = counted(4, 3, {});
    const rows = BlockMatrix.fromRows(backend, [[1], [7]], { dtype: "i32" });
    const direct = explainMatmul(a, b, { rows });
    expect(direct.bytesMoved).toBe(4 * (2 + 2 * 4 + 4 * 3 + 2 * 3));
    expect(direct.multiplyAdds).toBe(2 * 4 * 3);

    const without = gathererOf(backend);
    const move = (x: BlockMatrix): BlockMatrix => onGatherer(x, without);
    const gathered = explainMatmul(move(a), move(b), { rows: move(rows) });
    expect(gathered.bytesMoved).toBe(4 * (2 + 2 * (2 * 4)) + 4 * (2 * 4 + 4 * 3 + 2 * 3));
    expect(gathered.temporaryBytes).toBeGreaterThanOrEqual(4 * 2 * 4);
    expect(gathered.unblocked.bytesMoved).toBe(gathered.bytesMoved);
  });
});

describe("a product of rows by index side by side", () => {
  const indices = [
    [0, 4, -1],
    [2, 2, 1],
    [-1, 9, 3],
    [1, 0, 0],
  ];

  it.each([undefined, BlockPattern.where(3, 2, (i, j) => i !== 2 * j)])(
    "is the same where the backend has to gather them, the blocks being %s",
    async (pattern) => {
      const numbers = (rows: number, cols: number): number[] =>
        Array.from({ length: rows * cols }, (_, i) => ((i * 7) % 11) - 5);
      const layout = { rows: 6, cols: 4, blockRows: 2, blockCols: 2 };
      const a = BlockMatrix.fromArray(backend, numbers(5, 2), { rows: 5, cols: 2 });
      const w = BlockMatrix.fromArray(backend, numbers(6, 4), {
        ...layout,
        ...(pattern === undefined ? {} : { pattern }),
      });
      const rows = BlockMatrix.fromRows(backend, indices, { dtype: "i32" });
      const without = gathererOf(backend);
      const gathered = matmul(onGatherer(a, without), onGatherer(w, without), {
        rows: onGatherer(rows, without),
      });
      const [x, y] = [await a.toRows(), await w.toRows()];
      const expected = indices.map((line) =>
        [0, 1, 2, 3].map((col) =>
          line.reduce(
            (sum, row, part) =>
              (x[row] ?? [0, 0]).reduce(
                (s, v, i) => s + v * (y[2 * part + i]?.[col] as number),
                sum,
              ),
            0,
          ),
        ),
      );
      expect(await gathered.toRows()).toEqual(expected);
      expect(await matmul(a, w, { rows }).toRows()).toEqual(expected);
    },
  );

  it("refuses a right factor of another height", () => {
    const a = BlockMatrix.zeros(backend, { rows: 5, cols: 2 });
    const rows = BlockMatrix.fromRows(backend, indices, { dtype: "i32" });
    expect(() => matmul(a, BlockMatrix.zeros(backend, { rows: 4, cols: 1 }), { rows })).toThrow(
      /3 times A's columns \(6\) must equal B's rows \(4\)/,
    );
  });
});
