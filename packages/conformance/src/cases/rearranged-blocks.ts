import {
  BlockMatrix,
  columnsOfDiagonal,
  diagonalOfColumns,
  expr,
  gather,
  matmul,
  reshape,
  transposeParts,
  window,
} from "@blk/core";
import fc from "fast-check";
import { blockAt, HostMatrix } from "../host-matrix.js";
import {
  expectEqual,
  oneMatrix,
  type Property,
  property,
  specOf,
  withMatrices,
} from "./block-properties.js";
import { cuts, elementSeed, patternOf, presence } from "./examples.js";

const total = (lengths: readonly number[]): number => lengths.reduce((sum, n) => sum + n, 0);

/** Products and views of blocks that stand elsewhere: windows of images, heads, parts, reshaped rows. */
export const rearrangedBlockProperties: Readonly<Record<string, Property>> = {
  "several rows by index side by side": property(
    fc.record({
      rows: fc.integer({ min: 1, max: 9 }),
      inner: cuts,
      outer: cuts,
      present: presence,
      lines: fc.array(fc.array(fc.integer({ min: -1, max: 8 }), { minLength: 3, maxLength: 3 }), {
        maxLength: 12,
      }),
      seed: elementSeed,
    }),
    async ({ rows, inner, outer, present, lines, seed }, dtype, context) => {
      const parts = 3;
      const cols = total(inner);
      const stacked = Array.from({ length: parts }, () => inner).flat();
      const pattern = present === undefined ? undefined : patternOf(present);
      const specs = [
        { rowCuts: [rows], colCuts: inner, seed },
        { rowCuts: stacked, colCuts: outer, pattern, seed: seed + 1 },
      ];
      await withMatrices(specs, dtype, context, async ([a, w], [x, y]) => {
        if (!a || !w || !x || !y) return;
        const shape = { rows: lines.length, cols: parts, dtype: "i32" } as const;
        const indices = BlockMatrix.fromArray(context.backend, lines.flat(), shape);
        const picked = HostMatrix.from(lines.length, parts * cols, (i, j) => {
          const row = lines[i]?.[Math.floor(j / cols)] as number;
          return row < 0 || row >= rows ? 0 : x.at(row, j % cols);
        });
        await expectEqual(gather(a, indices), picked, "gather of several columns", context);
        const last = window(indices, 0, 1, lines.length, 2);
        const pickedLast = HostMatrix.from(lines.length, 2 * cols, (i, j) =>
          picked.at(i, cols + j),
        );
        await expectEqual(gather(a, last), pickedLast, "gather of some of them", context);
        const product = matmul(a, w, { rows: indices });
        await expectEqual(product, picked.times(y), "matmul of several rows by index", context);
        indices.dispose();
      });
    },
  ),
  "sampled product with an operand of the same blocks": property(
    fc.record({ one: oneMatrix, inner: cuts, bits: fc.integer({ min: 0, max: 2 ** 16 - 1 }) }),
    async ({ one, inner, bits }, dtype, context) => {
      const { rowCuts, colCuts, seed } = one;
      const specs = [
        { rowCuts, colCuts: inner, seed },
        { rowCuts: inner, colCuts, seed: seed + 1 },
        { rowCuts, colCuts, pattern: patternOf(bits), seed: seed + 2 },
      ];
      await withMatrices(specs, dtype, context, async ([a, b, s], [x, y, z]) => {
        if (!a || !b || !s?.pattern || !x || !y || !z) return;
        const { pattern } = s;
        const product = matmul(a, b, { pattern, operands: [s], epilogue: expr.add });
        const expected = x.times(y).map((v, i, j) => {
          const isPresent = pattern.has(blockAt(rowCuts, i), blockAt(colCuts, j));
          return isPresent ? v + z.at(i, j) : 0;
        });
        await expectEqual(product, expected, "sampled product and its operand", context);
      });
    },
  ),
  "transposed parts": property(
    fc.record({ part: cuts, colCuts: cuts, present: presence, seed: elementSeed }),
    async ({ part, colCuts, present, seed }, dtype, context) => {
      const pattern = present === undefined ? undefined : patternOf(present);
      const specs = [{ rowCuts: [...part, ...part], colCuts, pattern, seed }];
      await withMatrices(specs, dtype, context, async ([a], [x]) => {
        if (!a || !x) return;
        const [height, width] = [total(part), x.cols];
        const expected = HostMatrix.from(2 * width, height, (i, j) =>
          x.at((i < width ? 0 : height) + j, i % width),
        );
        await expectEqual(transposeParts(a, 2), expected, "transposeParts", context);
      });
    },
  ),
  "columns on the diagonal": property(oneMatrix, async (example, dtype, context) => {
    await withMatrices([specOf(example)], dtype, context, async ([a], [x]) => {
      if (!a || !x) return;
      const expected = HostMatrix.from(example.colCuts.length * x.rows, x.cols, (i, j) => {
        const head = Math.floor(i / x.rows);
        return head === blockAt(example.colCuts, j) ? x.at(i % x.rows, j) : 0;
      });
      const diagonal = diagonalOfColumns(a);
      await expectEqual(columnsOfDiagonal(diagonal), x, "columnsOfDiagonal", context);
      const square = matmul(diagonal, diagonal, { transposeB: true });
      await expectEqual(
        square,
        expected.times(expected.transposed()),
        "product of diagonals of columns",
        context,
      );
      await expectEqual(diagonal, expected, "diagonalOfColumns", context);
    });
  }),
  "reshape of a matrix and of a window": property(oneMatrix, async (example, dtype, context) => {
    await withMatrices(
      [specOf({ ...example, bits: undefined })],
      dtype,
      context,
      async ([a], [x]) => {
        if (!a || !x) return;
        const shape = { rows: x.cols, cols: x.rows };
        const flat = new HostMatrix(x.cols, x.rows, x.elements);
        await expectEqual(reshape(a, shape), flat, "reshape", context);
        const [rows, cols] = [x.rows, x.cols >> 1];
        const part = HostMatrix.from(rows, cols, (i, j) => x.at(i, x.cols - cols + j));
        const inside = window(a, 0, x.cols - cols, rows, cols);
        const reshaped = reshape(inside, { rows: 1, cols: rows * cols });
        const line = new HostMatrix(1, rows * cols, part.elements);
        await expectEqual(reshaped, line, "reshape of a window", context);
      },
    );
  }),
};
