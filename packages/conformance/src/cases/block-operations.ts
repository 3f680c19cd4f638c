import {
  add,
  argmax,
  assemble,
  BlockMatrix,
  BlockPattern,
  block,
  blockDiagonal,
  blocks,
  cast,
  type DType,
  dtypes,
  explainMatmul,
  expr,
  gather,
  map,
  matmul,
  max,
  maximum,
  mean,
  min,
  mul,
  norm,
  relu,
  repartition,
  restrict,
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
import fc from "fast-check";
import { behaviourCase, type Case } from "../case.js";
import { blockAt, HostMatrix } from "../host-matrix.js";
import type { PropertyOptions } from "../property.js";
import { absentBlockProperties } from "./absent-blocks.js";
import {
  expectEqual,
  groupsOf,
  oneMatrix,
  type Property,
  property,
  specOf,
  withMatrices,
} from "./block-properties.js";
import { cuts, elementSeed, patternOf, presence } from "./examples.js";
import { rearrangedBlockProperties } from "./rearranged-blocks.js";
import { wrapAroundProperties } from "./wrap-around.js";

/**
 * Core's operations on this backend, over any cuts and patterns, against plain loops. Elements are
 * small whole numbers, with which every order of summation is exact: results are equal, not close.
 */
export function blockOperationCases(options: PropertyOptions): readonly Case[] {
  return dtypes.flatMap((dtype) => {
    const wrapping = dtype === "i32" ? wrapAroundProperties : {};
    const all = {
      ...properties,
      ...absentBlockProperties,
      ...rearrangedBlockProperties,
      ...wrapping,
    };
    return Object.entries(all).flatMap(([name, { isFloating, check }]) => {
      if (isFloating && dtype === "i32") return [];
      const needed: readonly DType[] = dtype === "i32" ? [dtype] : [dtype, "i32"];
      return behaviourCase("block operations", needed, name, (context) =>
        check(dtype, options, context),
      );
    });
  });
}

const properties: Readonly<Record<string, Property>> = {
  "matmul of any cuts and patterns": property(
    fc.record({
      cuts: fc.tuple(cuts, cuts, cuts),
      patterns: fc.tuple(presence, presence, presence),
      transposed: fc.tuple(fc.boolean(), fc.boolean()),
      layer: fc.boolean(),
      seed: elementSeed,
    }),
    async ({ cuts: [m, k, n], patterns, transposed, layer, seed }, dtype, context) => {
      const [pa, pb, pc] = patterns.map((bits) =>
        bits === undefined ? undefined : patternOf(bits),
      );
      const specs = [
        { rowCuts: m, colCuts: k, pattern: pa, seed },
        { rowCuts: k, colCuts: n, pattern: pb, seed: seed + 1 },
        { rowCuts: [1], colCuts: [n.reduce((x, y) => x + y, 0)], seed: seed + 2 },
      ];
      await withMatrices(specs, dtype, context, async ([a, b, bias], [x, y, z]) => {
        if (!a || !b || !bias || !x || !y || !z) return;
        // The option undoes the view, so that storage of both orders is read.
        const left = transposed[0] ? transpose(a) : a;
        const right = transposed[1] ? transpose(b) : b;
        const pattern = pc && BlockPattern.where(m.length, n.length, pc);
        const options = {
          transposeA: transposed[0],
          transposeB: transposed[1],
          ...(pattern && { pattern }),
          ...(layer && { bias, activation: relu, alpha: 2 }),
        };
        const product = matmul(left, right, options);
        const expected = x.times(y).map((v, i, j) => {
          const isSampled = pc === undefined || pc(blockAt(m, i), blockAt(n, j));
          const finished = layer ? Math.max(2 * v + z.at(0, j), 0) : v;
          return isSampled ? finished : 0;
        });
        const present = pattern?.count ?? m.length * n.length;
        const { products, terms } = explainMatmul(left, right, options);
        context.check(
          products <= Math.max(present, 1) && terms <= present * k.length,
          `explain tells of ${products} products and ${terms} terms for ${present} blocks`,
        );
        await expectEqual(product, expected, "matmul", context);
      });
    },
  ),
  "elementwise operations of any cuts and patterns": property(
    fc.record({ one: oneMatrix, other: presence, row: presence, otherSeed: elementSeed }),
    async ({ one: first, other, row, otherSeed }, dtype, context) => {
      const { rowCuts, colCuts } = first;
      const pattern = other === undefined ? undefined : patternOf(other);
      const rowPattern = row === undefined ? undefined : patternOf(row);
      const specs = [
        specOf(first),
        { rowCuts, colCuts, pattern, seed: otherSeed },
        { rowCuts: [1], colCuts, pattern: rowPattern, seed: otherSeed + 1 },
      ];
      await withMatrices(specs, dtype, context, async ([a, b, r], [x, y, z]) => {
        if (!a || !b || !r || !x || !y || !z) return;
        const all = [
          [add(a, b), x.map((v, i, j) => v + y.at(i, j)), "add"],
          [sub(a, b), x.map((v, i, j) => v - y.at(i, j)), "sub"],
          [mul(a, b), x.map((v, i, j) => v * y.at(i, j)), "mul"],
          [maximum(a, b), x.map((v, i, j) => Math.max(v, y.at(i, j))), "maximum"],
        ] as const;
        for (const [got, expected, what] of all) await expectEqual(got, expected, what, context);
        if (x.rows === 0) return;
        const repeated = x.map((v, _, j) => v + 3 * z.at(0, j));
        const fused = map([a, r], (p, q) => expr.add(p, expr.mul(3, q)));
        await expectEqual(fused, repeated, "map with a repeated row", context);
        const shifted = map(a, (p) => expr.add(p, 1));
        await expectEqual(
          shifted,
          x.map((v) => v + 1),
          "map of absent blocks",
          context,
        );
      });
    },
  ),
  "reductions of any cuts and patterns": property(oneMatrix, async (example, dtype, context) => {
    await withMatrices([specOf(example)], dtype, context, async ([a], [x]) => {
      if (!a || !x) return;
      const groups = groupsOf(x, example);
      for (const per of ["row", "column", "block", "matrix"] as const) {
        const { rows, cols, values } = groups[per];
        const of = (f: (list: readonly number[]) => number): HostMatrix =>
          new HostMatrix(rows, cols, Float64Array.from(values, f));
        const low = dtype === "i32" ? -(2 ** 31) : Number.NEGATIVE_INFINITY;
        const high = dtype === "i32" ? 2 ** 31 - 1 : Number.POSITIVE_INFINITY;
        const largest = (list: readonly number[]): number => Math.max(low, ...list);
        const all = [
          [sum(a, { per }), of((list) => list.reduce((s, v) => s + v, 0)), "sum"],
          [max(a, { per }), of(largest), "max"],
          [min(a, { per }), of((list) => Math.min(high, ...list)), "min"],
          [argmax(a, { per }), of((list) => list.indexOf(largest(list))), "argmax"],
        ] as const;
        for (const [got, expected, what] of all) {
          await expectEqual(got, expected, `${what} per ${per}`, context);
        }
      }
    });
  }),
  "mean, norm and softmax": property(
    oneMatrix,
    async (example, dtype, context) => {
      await withMatrices([specOf(example)], dtype, context, async ([a], [x]) => {
        if (!a || !x) return;
        // Of whole numbers below 4: one rounding of a mean, few of a norm or a softmax.
        const u = { f64: 2 ** -53, f32: 2 ** -24, f16: 2 ** -11, i32: 0 }[dtype];
        const near = (got: number, expected: number, roundings: number): boolean =>
          Object.is(got, expected) ||
          Math.abs(got - expected) <= 2 * roundings * u * Math.max(Math.abs(expected), 2 ** -14);
        const groups = groupsOf(x, example);
        for (const per of ["row", "column", "matrix"] as const) {
          const average = mean(a, { per });
          const length = norm(a, { per });
          const [averages, lengths] = [await average.toArray(), await length.toArray()];
          average.dispose();
          length.dispose();
          groups[per].values.forEach((list, i) => {
            const total = list.reduce((s, v) => s + v, 0);
            context.check(
              near(averages[i] as number, total / list.length, 4),
              () => `mean per ${per}, ${i}: ${averages[i]} instead of ${total / list.length}`,
            );
            const exact = Math.sqrt(list.reduce((s, v) => s + v * v, 0));
            context.check(
              near(lengths[i] as number, exact, list.length + 12),
              () => `norm per ${per}, ${i}: ${lengths[i]} instead of ${exact}`,
            );
          });
        }
        const weights = softmax(a);
        const got = await weights.toArray();
        weights.dispose();
        groups.row.values.forEach((list, i) => {
          const powers = list.map((v) => Math.exp(v - Math.max(...list)));
          const total = powers.reduce((s, v) => s + v, 0);
          powers.forEach((power, j) => {
            const value = got[i * x.cols + j] as number;
            context.check(
              near(value, power / total, list.length + 24),
              () => `softmax (${i}, ${j}) is ${value} instead of ${power / total}`,
            );
          });
        });
      });
    },
    true,
  ),
  "blocks are taken apart and put together": property(
    fc.record({ one: oneMatrix, newRows: cuts, newCols: cuts }),
    async ({ one: example }, dtype, context) => {
      await withMatrices([specOf(example)], dtype, context, async ([a], [x]) => {
        if (!a || !x) return;
        const { rowCuts, colCuts } = example;
        const back = transpose(a);
        await expectEqual(back, x.transposed(), "transpose", context);
        await expectEqual(toDense(a), x, "toDense", context);
        const cutOtherwise = repartition(a, { blockRows: Math.max(1, x.rows >> 1), blockCols: 3 });
        await expectEqual(cutOtherwise, x, "repartition", context);
        const dropped = await toBlockSparse(a, { blockRows: 2, blockCols: 3 });
        const zeros = [...blocks(dropped)].length;
        await expectEqual(dropped, x, "toBlockSparse", context);
        const filled = new Set<string>();
        x.elements.forEach((v, at) => {
          const [i, j] = [Math.floor(at / x.cols), at % x.cols];
          if (v !== 0) filled.add(`${i >> 1},${Math.floor(j / 3)}`);
        });
        context.check(
          zeros === filled.size,
          `toBlockSparse kept ${zeros} of ${filled.size} blocks`,
        );
        const list = rowCuts.map((_, i) => colCuts.map((__, j) => block(a, i, j)));
        await expectEqual(assemble(list), x, "assemble of all blocks", context);
        const [top, left] = [x.rows >> 2, x.cols >> 2];
        const [height, width] = [x.rows - top, x.cols - left];
        if (!a.isSparse) {
          const inside = HostMatrix.from(height, width, (i, j) => x.at(top + i, left + j));
          await expectEqual(window(a, top, left, height, width), inside, "window", context);
        }
        const corner = await a.readBlock(0, 0);
        const expected = HostMatrix.from(rowCuts[0] as number, colCuts[0] as number, (i, j) =>
          x.at(i, j),
        );
        context.check(
          corner.join() === Array.from(expected.elements, (v) => v + 0).join(),
          "readBlock (0, 0) went wrong",
        );
        const twice = blockDiagonal([a, a]);
        const diagonal = HostMatrix.from(2 * x.rows, 2 * x.cols, (i, j) => {
          const isSame = i < x.rows === j < x.cols;
          return isSame ? x.at(i % x.rows, j % x.cols) : 0;
        });
        await expectEqual(twice, diagonal, "blockDiagonal", context);
        const lower = restrict(a, BlockPattern.lowerTriangular(rowCuts.length, colCuts.length));
        const kept = x.map((v, i, j) => (blockAt(colCuts, j) <= blockAt(rowCuts, i) ? v : 0));
        await expectEqual(lower, kept, "restrict to the lower triangle", context);
      });
    },
  ),
  "rows by index": property(
    fc.record({
      rows: fc.integer({ min: 1, max: 9 }),
      cols: fc.integer({ min: 0, max: 9 }),
      indices: fc.array(fc.integer({ min: -1, max: 8 }), { maxLength: 12 }),
      seed: elementSeed,
    }),
    async ({ rows, cols, indices, seed }, dtype, context) => {
      const inside = indices.map((i) => (i < rows ? i : -1));
      const specs = [
        { rowCuts: [rows], colCuts: [cols], seed },
        { rowCuts: [inside.length], colCuts: [cols], seed: seed + 1 },
        { rowCuts: [cols], colCuts: [4], seed: seed + 2 },
      ];
      await withMatrices(specs, dtype, context, async ([a, source, w], [x, y, z]) => {
        if (!a || !source || !w || !x || !y || !z) return;
        const picked = HostMatrix.from(inside.length, cols, (i, j) => {
          const row = inside[i] as number;
          return row < 0 ? 0 : x.at(row, j);
        });
        await expectEqual(gather(a, inside), picked, "gather", context);
        const column = BlockMatrix.fromArray(context.backend, inside, {
          rows: inside.length,
          cols: 1,
          dtype: "i32",
        });
        const product = matmul(a, w, { rows: column });
        column.dispose();
        await expectEqual(product, picked.times(z), "matmul of rows by index", context);
        const target = toDense(a);
        scatterAdd(target, inside, source);
        const summed = x.map((v, i, j) =>
          inside.reduce((s, row, at) => (row === i ? s + y.at(at, j) : s), v),
        );
        await expectEqual(target, summed, "scatterAdd", context);
      });
    },
  ),
  "moves to other types and backends": property(oneMatrix, async (example, dtype, context) => {
    await withMatrices([specOf(example)], dtype, context, async ([a], [x]) => {
      if (!a || !x) return;
      for (const to of context.backend.capabilities.dtypes) {
        await expectEqual(cast(a, to), x, `cast to ${to}`, context);
      }
      await expectEqual(await transfer(a, context.backend), x, "transfer", context);
    });
  }),
  "scope frees all but what is returned": property(oneMatrix, async (example, dtype, context) => {
    await withMatrices([specOf(example)], dtype, context, async ([a], [x]) => {
      if (!a || !x) return;
      const kept = scope(() => {
        const doubled = add(a, a);
        return sub(add(doubled, doubled), a);
      });
      await expectEqual(
        kept,
        x.map((v) => 3 * v),
        "scope",
        context,
      );
    });
  }),
};
