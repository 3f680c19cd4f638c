import {
  type Backend,
  BlockMatrix,
  BlockPattern,
  type DType,
  type Expr,
  expr,
  isBlkError,
  map,
  mapInto,
  transpose,
} from "@blk/core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { js } from "../src/index.js";

const backend = await js().create();
/** The same without the faster forms: core composes them. */
const plain: Backend = Object.create(backend, { fused: { value: undefined } });
afterAll(() => backend.dispose());

interface Cut {
  readonly dtype?: DType;
  readonly blockRows?: number;
  readonly blockCols?: number;
  readonly pattern?: BlockPattern;
}

describe.each([
  ["in one pass", backend],
  ["one by one", plain],
])("mapInto %s", (_, target) => {
  let live: number;
  const made: BlockMatrix[] = [];
  const matrix = (rows: number, cols: number, seed: number, cut: Cut = {}): BlockMatrix => {
    const numbers = Float32Array.from({ length: rows * cols }, (_, i) => ((i * 7 + seed) % 11) - 5);
    const x = BlockMatrix.fromArray(target, numbers, { rows, cols, ...cut });
    made.push(x);
    return x;
  };
  const copies = (matrices: readonly BlockMatrix[]): readonly BlockMatrix[] =>
    matrices.map((x) => {
      const copy = map(x, (x) => x);
      made.push(copy);
      return copy;
    });
  const isFreed = (): void => {
    for (const x of made.splice(0)) x.dispose();
    expect(backend.memoryUsage().buffers).toBe(live);
  };
  beforeAll(() => {
    live = backend.memoryUsage().buffers;
  });

  const momentum = (w: Expr, v: Expr, g: Expr, rate: Expr): readonly Expr[] => {
    const next = expr.add(expr.mul(0.5, v), g);
    return [expr.sub(w, expr.mul(rate, next)), next];
  };

  /** What separate maps give, of copies. */
  async function checkMomentum(
    operands: readonly BlockMatrix[],
    pattern?: BlockPattern,
  ): Promise<void> {
    const [w, v] = operands as readonly [BlockMatrix, BlockMatrix];
    const options = pattern === undefined ? {} : { pattern };
    const expected = [0, 1].map((k) => {
      const x = map(
        copies(operands),
        (...xs) => momentum(...(xs as [Expr, Expr, Expr, Expr]))[k]!,
        options,
      );
      made.push(x);
      return x;
    });
    mapInto([{ operands, outs: [w, v] }], momentum);
    expect(await w.toRows()).toEqual(await expected[0]!.toRows());
    expect(await v.toRows()).toEqual(await expected[1]!.toRows());
    isFreed();
  }

  it("updates in place, with operands that are repeated", async () => {
    await checkMomentum([matrix(3, 5, 1), matrix(3, 5, 2), matrix(1, 5, 3), matrix(1, 1, 4)]);
  });

  it("updates the blocks of sparse matrices", async () => {
    const pattern = BlockPattern.lowerTriangular(2);
    const cut = { blockRows: 2, blockCols: 3, pattern };
    const operands = [matrix(4, 6, 1, cut), matrix(4, 6, 2, cut), matrix(4, 6, 3), matrix(4, 1, 4)];
    await checkMomentum(operands, pattern);
    const alike = [
      matrix(4, 6, 1, cut),
      matrix(4, 6, 2, cut),
      matrix(4, 6, 3, cut),
      matrix(1, 1, 4),
    ];
    await checkMomentum(alike, pattern);
    const row = matrix(1, 6, 4);
    await checkMomentum([...[1, 2, 3].map((seed) => matrix(4, 6, seed, cut)), row], pattern);
    const none = { ...cut, pattern: BlockPattern.none(2, 2) };
    await checkMomentum(
      [...[1, 2, 3].map((seed) => matrix(4, 6, seed, none)), matrix(1, 1, 4)],
      none.pattern,
    );
    const other = { ...cut, pattern: BlockPattern.diagonal(2) };
    const fewer = [
      matrix(4, 6, 1, cut),
      matrix(4, 6, 2, cut),
      matrix(4, 6, 3, other),
      matrix(1, 1, 4),
    ];
    await checkMomentum(fewer, pattern);
    const dense = [matrix(4, 6, 1), matrix(4, 6, 2), matrix(4, 6, 3, other), matrix(1, 1, 4)];
    await checkMomentum(dense);
  });

  it("updates blocks that lie side by side together, and others one by one", () => {
    const cut = { blockRows: 2, blockCols: 3, pattern: BlockPattern.lowerTriangular(2) };
    const [w, v, g, rate] = [...[1, 2, 3].map((seed) => matrix(4, 6, seed, cut)), matrix(1, 1, 4)];
    const turned = [w!, v!, g!].map(transpose);
    const rows: number[] = [];
    const counted: Backend["fused"] = { mapMany: (tasks) => rows.push(tasks.length) };
    if (target.fused === undefined) return isFreed();
    const { mapMany } = target.fused;
    Object.assign(target.fused, counted);
    mapInto([{ operands: [w!, v!, g!, rate!], outs: [w!, v!] }], momentum);
    mapInto([{ operands: [w!, v!, g!, matrix(1, 6, 4)], outs: [w!, v!] }], momentum);
    mapInto([{ operands: [...turned, rate!], outs: turned.slice(0, 2) }], momentum);
    Object.assign(target.fused, { mapMany });
    expect(rows).toEqual([1, 3, 3]);
    isFreed();
  });

  it("takes several tasks, more than four outputs, and any element types of one arithmetic", async () => {
    const tasks = [3, 0, 2].map((rows) => {
      const outs = (["f16", "f32", "f32", "f16", "f32"] as const).map((dtype, k) =>
        matrix(rows, 2, k, { dtype }),
      );
      return { operands: outs, outs };
    });
    const before = await Promise.all(
      tasks.map(({ outs }) => Promise.all(outs.map((x) => x.toRows()))),
    );
    mapInto(tasks, (...xs) => xs.map((_, k) => xs[(k + 1) % xs.length] as Expr));
    for (const [t, { outs }] of tasks.entries()) {
      for (const [k, x] of outs.entries()) {
        expect(await x.toRows()).toEqual(before[t]![(k + 1) % outs.length]);
      }
    }
    isFreed();
  });

  it("refuses what does not fit", () => {
    const [a, b] = [matrix(2, 2, 1), matrix(2, 2, 2)];
    const [row, sparse] = [matrix(1, 2, 1), matrix(2, 2, 1, { pattern: BlockPattern.full(1, 1) })];
    const refused: readonly (readonly [string, RegExp, Parameters<typeof mapInto>[0]])[] = [
      ["SHAPE", /cannot be written beside/, [{ operands: [a], outs: [a, row] }]],
      ["SHAPE", /mapInto: shapes 2×2, 2×2, 2×3/, [{ operands: [matrix(2, 3, 1)], outs: [a, b] }]],
      ["PARTITION", /with the same blocks/, [{ operands: [a], outs: [a, sparse] }]],
      [
        "DTYPE",
        /different element types/,
        [{ operands: [a], outs: [a, matrix(2, 2, 1, { dtype: "i32" })] }],
      ],
      [
        "ALIAS",
        /overlaps/,
        [
          { operands: [a], outs: [a, b] },
          { operands: [b], outs: [matrix(2, 2, 1), matrix(2, 2, 1)] },
        ],
      ],
      [
        "ARGUMENT",
        /tasks differ/,
        [
          { operands: [a], outs: [a, b] },
          { operands: [], outs: [a, b] },
        ],
      ],
      [
        "ARGUMENT",
        /the function gave undefined/,
        [{ operands: [a], outs: [a, b, matrix(2, 2, 1)] }],
      ],
    ];
    for (const [code, message, tasks] of refused) {
      try {
        mapInto(tasks, (x) => [x, expr.neg(x)]);
        expect.unreachable(String(message));
      } catch (error) {
        expect(isBlkError(error, code as "SHAPE"), String(error)).toBe(true);
        expect((error as Error).message).toMatch(message);
      }
    }
    mapInto([], (x) => [x]);
    isFreed();
  });
});
