import {
  argmax,
  BlockMatrix,
  type BlockPattern,
  blocks,
  expr,
  gather,
  isBlkError,
  map,
  matmul,
  max,
  mean,
  min,
  norm,
  relu,
  softmax,
  sum,
  toBlockSparse,
  transfer,
  transpose,
} from "@blk/core";
import fc from "fast-check";
import type { CaseContext } from "../case.js";
import { blockAt, HostMatrix } from "../host-matrix.js";
import {
  expectEqual,
  groupsOf,
  oneMatrix,
  type Property,
  property,
  specOf,
  withMatrices,
} from "./block-properties.js";
import { cuts, elementSeed, patternOf } from "./examples.js";

const sparse = fc.record({
  rowCuts: cuts,
  colCuts: cuts,
  bits: fc.integer({ min: 0, max: 2 ** 16 - 1 }),
  seed: elementSeed,
});
type Sparse = typeof sparse extends fc.Arbitrary<infer T> ? T : never;

/** Whether element (i, j) lies in a present block. */
function isPresent({ rowCuts, colCuts, bits }: Sparse, i: number, j: number): boolean {
  return patternOf(bits)(blockAt(rowCuts, i), blockAt(colCuts, j));
}

/** Fails unless an operation refuses an `out` in which nothing that it writes would be kept. */
function expectNoPlace(run: () => unknown, operation: string, { check }: CaseContext): void {
  let got = "nothing";
  try {
    run();
  } catch (error) {
    got = String(error);
    if (isBlkError(error, "ARGUMENT")) return;
  }
  check(false, () => `${operation} into an out without blocks should throw ARGUMENT, got ${got}`);
}

/** Where absent blocks are left out instead of counting as zeros, and where patterns are kept. */
export const absentBlockProperties: Readonly<Record<string, Property>> = {
  "reductions that skip absent blocks": property(sparse, async (example, dtype, context) => {
    await withMatrices([specOf(example)], dtype, context, async ([a], [x]) => {
      if (!a || !x) return;
      // Positions instead of numbers, so that a group tells which of its elements are there.
      const positions = x.map((_, i, j) => i * x.cols + j);
      const groups = groupsOf(positions, example);
      const skip = { absent: "skip" } as const;
      const [low, high] = dtype === "i32" ? [-(2 ** 31), 2 ** 31 - 1] : [-1 / 0, 1 / 0];
      for (const per of ["row", "column", "block", "matrix"] as const) {
        const { rows, cols, values } = groups[per];
        const of = (
          f: (present: readonly number[], all: readonly number[]) => number,
        ): HostMatrix =>
          new HostMatrix(
            rows,
            cols,
            Float64Array.from(values, (all) => {
              const present = all.filter((at) =>
                isPresent(example, Math.floor(at / x.cols), at % x.cols),
              );
              return f(present, all);
            }),
          );
        const at = (position: number): number => x.elements[position] as number;
        const largest = (list: readonly number[]): number => Math.max(low, ...list.map(at));
        const results = [
          [sum(a, { per, ...skip }), of((p) => p.reduce((s, q) => s + at(q), 0)), "sum"],
          [max(a, { per, ...skip }), of(largest), "max"],
          [min(a, { per, ...skip }), of((p) => Math.min(high, ...p.map(at))), "min"],
          [
            argmax(a, { per, ...skip }),
            of((p, all) => {
              const first = p.find((q) => at(q) === largest(p));
              return first === undefined ? -1 : all.indexOf(first);
            }),
            "argmax",
          ],
        ] as const;
        for (const [got, expected, what] of results) {
          await expectEqual(got, expected, `${what} per ${per}, absent skipped`, context);
        }
      }
    });
  }),
  "mean and norm that skip absent blocks": property(
    sparse,
    async (example, dtype, context) => {
      await withMatrices([specOf(example)], dtype, context, async ([a], [x]) => {
        if (!a || !x) return;
        const u = { f64: 2 ** -53, f32: 2 ** -24, f16: 2 ** -11, i32: 0 }[dtype];
        const groups = groupsOf(
          x.map((_, i, j) => i * x.cols + j),
          example,
        );
        for (const per of ["row", "column", "block", "matrix"] as const) {
          const [means, norms] = [
            mean(a, { per, absent: "skip" }),
            norm(a, { per, absent: "skip" }),
          ];
          const [gotMeans, gotNorms] = [await means.toArray(), await norms.toArray()];
          means.dispose();
          norms.dispose();
          groups[per].values.forEach((all, i) => {
            const present = all
              .filter((at) => isPresent(example, Math.floor(at / x.cols), at % x.cols))
              .map((at) => x.elements[at] as number);
            const average = present.reduce((s, v) => s + v, 0) / present.length;
            const length = Math.sqrt(present.reduce((s, v) => s + v * v, 0));
            for (const [what, got, expected] of [
              ["mean", gotMeans[i] as number, average],
              ["norm", gotNorms[i] as number, length],
            ] as const) {
              const bound = 2 * (present.length + 12) * u * Math.max(Math.abs(expected), 2 ** -10);
              context.check(
                Object.is(got, expected) || Math.abs(got - expected) <= bound,
                () => `${what} per ${per}, absent skipped, ${i}: ${got} instead of ${expected}`,
              );
            }
          });
        }
      });
    },
    true,
  ),
  "softmax that masks absent blocks": property(
    fc.record({ one: sparse, large: fc.boolean() }),
    async ({ one, large }, dtype, context) => {
      await withMatrices([specOf(one)], dtype, context, async ([a], [x]) => {
        if (!a || !x) return;
        // Powers of large numbers overflow unless the largest is taken away first.
        const factor = large ? 1000 : 1;
        const scaled = map(a, (v) => expr.mul(v, factor));
        const weights = softmax(scaled, { absent: "masked" });
        const got = await weights.toArray();
        context.check(
          weights.pattern?.equals(a.pattern as BlockPattern) === true,
          "a masked softmax does not keep the pattern",
        );
        scaled.dispose();
        weights.dispose();
        const u = { f64: 2 ** -53, f32: 2 ** -24, f16: 2 ** -11, i32: 0 }[dtype];
        for (let i = 0; i < x.rows; i++) {
          const present = Array.from({ length: x.cols }, (_, j) => j).filter((j) =>
            isPresent(one, i, j),
          );
          const values = present.map((j) => factor * x.at(i, j));
          const powers = values.map((v) => Math.exp(v - Math.max(...values)));
          const total = powers.reduce((s, v) => s + v, 0);
          for (let j = 0; j < x.cols; j++) {
            const at = present.indexOf(j);
            const expected = at < 0 ? 0 : (powers[at] as number) / total;
            const value = got[i * x.cols + j] as number;
            context.check(
              Math.abs(value - expected) <= 2 * (x.cols + 32) * u * Math.max(expected, 2 ** -14),
              () => `masked softmax (${i}, ${j}) is ${value} instead of ${expected}`,
            );
          }
        }
      });
    },
    true,
  ),
  "results go into the blocks of any out": property(
    fc.record({
      one: oneMatrix,
      outRows: fc.boolean(),
      outCols: fc.boolean(),
      bits: fc.nat(2 ** 16 - 1),
    }),
    async ({ one, outRows, outCols, bits }, dtype, context) => {
      const { rowCuts, colCuts, seed } = one;
      const [rows, cols] = [rowCuts, colCuts].map((list) => list.reduce((s, n) => s + n, 0));
      const identity = { rowCuts: colCuts, colCuts, seed: 1 };
      await withMatrices([specOf(one), identity], dtype, context, async ([a, w], [x, y]) => {
        if (!a || !w || !x || !y) return;
        const [blockRows, blockCols] = [
          outRows ? rowCuts : [rows ?? 0],
          outCols ? colCuts : [cols ?? 0],
        ];
        const pattern = patternOf(bits);
        const out = BlockMatrix.full(context.backend, seed % 5, {
          rows: x.rows,
          cols: x.cols,
          dtype,
          blockRows,
          blockCols,
          pattern,
        });
        const only = (host: HostMatrix): HostMatrix =>
          host.map((v, i, j) => (pattern(blockAt(blockRows, i), blockAt(blockCols, j)) ? v : 0));
        try {
          const hasPlace = out.pattern?.count !== 0 || x.rows * x.cols === 0;
          if (!hasPlace) {
            expectNoPlace(() => map(a, (v) => expr.add(v, 1), { out }), "map", context);
            expectNoPlace(() => matmul(a, w, { out }), "matmul", context);
            return;
          }
          map(a, (v) => expr.add(v, 1), { out });
          const first = await out.toArray();
          const added = only(x.map((v) => v + 1));
          context.check(
            first.every((v, at) => v === added.elements[at]),
            "map does not fill the blocks of a sparse out",
          );
          matmul(a, w, { out });
          const second = await out.toArray();
          const product = only(x.times(y));
          context.check(
            second.every((v, at) => v === product.elements[at]),
            "matmul does not fill the blocks of a sparse out",
          );
        } finally {
          out.dispose();
        }
      });
    },
  ),
  "patterns are kept where they should be": property(sparse, async (example, dtype, context) => {
    await withMatrices([specOf(example)], dtype, context, async ([a], [x]) => {
      if (!a || !x) return;
      const { check } = context;
      const moved = await transfer(a, context.backend);
      check(
        moved.pattern?.equals(a.pattern as BlockPattern) === true,
        "transfer does not keep the pattern",
      );
      await expectEqual(moved, x, "transfer", context);
      const turned = transpose(a);
      check(turned.pattern?.count === a.pattern?.count, "transpose changes the number of blocks");
      check([...blocks(a)].length === a.pattern?.count, "blocks() gives absent ones");
    });
  }),
  "epilogue after activation, columns gathered, NaN blocks kept": property(
    fc.record({
      m: fc.integer({ min: 1, max: 9 }),
      n: fc.integer({ min: 1, max: 9 }),
      seed: elementSeed,
    }),
    async ({ m, n, seed }, dtype, context) => {
      const specs = [
        { rowCuts: [m], colCuts: [3], seed },
        { rowCuts: [3], colCuts: [n], seed: seed + 1 },
        { rowCuts: [m], colCuts: [n], seed: seed + 2 },
      ];
      await withMatrices(specs, dtype, context, async ([a, b, r], [x, y, z]) => {
        if (!a || !b || !r || !x || !y || !z) return;
        const layer = matmul(a, b, {
          activation: relu,
          epilogue: (p, q) => expr.sub(p, q),
          operands: [r],
        });
        const expected = x.times(y).map((v, i, j) => Math.max(v, 0) - z.at(i, j));
        await expectEqual(layer, expected, "an epilogue after an activation", context);
        const columns = gather(a, [2, 0, -1], { transpose: true });
        const picked = HostMatrix.from(3, m, (i, j) => (i === 2 ? 0 : x.at(j, i === 0 ? 2 : 0)));
        await expectEqual(columns, picked, "gather of columns", context);
        if (dtype === "i32" || !context.backend.capabilities.keepsNonFinite) return;
        const nan = BlockMatrix.fromRows(context.backend, [[0, 0, Number.NaN, 0]], { dtype });
        const kept = await toBlockSparse(nan, { blockCols: 2 });
        nan.dispose();
        context.check(kept.pattern?.has(0, 1) === true, "toBlockSparse drops a block of NaN");
        context.check(kept.pattern?.has(0, 0) === false, "toBlockSparse keeps a block of zeros");
        kept.dispose();
      });
    },
  ),
};
