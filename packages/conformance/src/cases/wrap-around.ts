import { type Expr, expr, map, matmul, type Per, reduce } from "@blk/core";
import fc from "fast-check";
import { HostMatrix } from "../host-matrix.js";
import {
  expectEqual,
  groupsOf,
  type OneMatrix,
  oneMatrix,
  type Property,
  property,
  specOf,
  withMatrices,
} from "./block-properties.js";
import { expression } from "./examples.js";

const smallest = -(2 ** 31);
const largest = 2 ** 31 - 1;

const beyond = expr.add(expr.add(expr.input(0), largest), 1);

/** Trees over three operands that leave the range of i32 at every turn. */
const wrapping = fc.oneof(
  expression("i32", fc.constantFrom(smallest, largest, largest - 1, -1, 0, 1, 2, 5)),
  // At 0 these are 0 in double precision, and not 0 modulo 2³².
  fc.constantFrom(expr.min(beyond, 0), expr.less(beyond, 0), expr.sub(1, expr.less(0, beyond))),
);

/** The value of an element; the 0 of an absent block counts as a stored one. */
function wrapped(e: Expr, x: number, y = x, z = x): number {
  return expr.evaluateInteger(e, [x, y, z]);
}

/** What a reduction of wrapped numbers gives. */
const reductions = {
  sum: (list: readonly number[]): number => list.reduce((s, v) => (s + v) | 0, 0),
  max: (list: readonly number[]): number => Math.max(smallest, ...list),
  min: (list: readonly number[]): number => Math.min(largest, ...list),
  argmax: (list: readonly number[]): number => list.indexOf(Math.max(smallest, ...list)),
} as const;

/** i32 wraps modulo 2³², in absent blocks as in present ones. */
export const wrapAroundProperties: Readonly<Record<string, Property>> = {
  "map wraps around, in absent blocks too": property(
    fc.record({ one: oneMatrix, others: fc.tuple(oneMatrix, oneMatrix), e: wrapping }),
    async ({ one, others, e }, dtype, context) => {
      const alike = (other: OneMatrix): OneMatrix => ({
        ...other,
        rowCuts: one.rowCuts,
        colCuts: one.colCuts,
      });
      const specs = [one, ...others.map(alike)].map(specOf);
      await withMatrices(specs, dtype, context, async (matrices, [x, y, z]) => {
        if (!x || !y || !z) return;
        const expected = x.map((v, i, j) => wrapped(e, v, y.at(i, j), z.at(i, j)));
        await expectEqual(
          map(matrices, (a, b, c) => withInputs(e, [a, b, c])),
          expected,
          `map of ${expr.format(e)}`,
          context,
        );
      });
    },
  ),
  "reductions wrap around, in absent blocks too": property(
    fc.record({ one: oneMatrix, e: wrapping }),
    async ({ one, e }, dtype, context) => {
      await withMatrices([specOf(one)], dtype, context, async ([a], [x]) => {
        if (!a || !x) return;
        const groups = groupsOf(
          x.map((v) => wrapped(e, v)),
          one,
        );
        for (const per of ["row", "column", "block", "matrix"] satisfies Per[]) {
          const { rows, cols, values } = groups[per];
          for (const op of ["sum", "max", "min", "argmax"] as const) {
            const expected = new HostMatrix(rows, cols, Float64Array.from(values, reductions[op]));
            const got = reduce(a, { op, per, expr: (v) => withInputs(e, [v, v, v]) });
            await expectEqual(got, expected, `${op} per ${per} of ${expr.format(e)}`, context);
          }
        }
      });
    },
  ),
  "activations wrap around, in absent blocks too": property(
    fc.record({ one: oneMatrix, other: oneMatrix, e: wrapping }),
    async ({ one, other, e }, dtype, context) => {
      const specs = [specOf(one), specOf({ ...other, rowCuts: one.colCuts })];
      await withMatrices(specs, dtype, context, async ([a, b], [x, y]) => {
        if (!a || !b || !x || !y) return;
        await expectEqual(
          matmul(a, b, { activation: (v) => withInputs(e, [v, v, v]) }),
          x.times(y).map((v) => wrapped(e, v)),
          `matmul with ${expr.format(e)}`,
          context,
        );
      });
    },
  ),
};

/** The tree with these in place of its operands, and nothing folded. */
function withInputs(e: Expr, inputs: readonly Expr[]): Expr {
  return expr.fold<Expr>(e, {
    input: (index) => inputs[index] as Expr,
    constant: expr.constant,
    unary: expr.unary,
    binary: expr.binary,
    select: expr.select,
  });
}
