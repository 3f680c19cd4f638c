/** Generators of the properties: sizes, layouts, cuts, patterns, expressions. */
import type { DType, Expr } from "@blk/core";
import { expr } from "@blk/core";
import fc from "fast-check";
import { broadcastLayouts, type Layout, ownLayouts } from "../layout.js";

/** 0 to 20, small ones and the neighbours of powers of two more often. */
export const size: fc.Arbitrary<number> = fc.oneof(
  fc.integer({ min: 0, max: 20 }),
  fc.constantFrom(1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17),
);

/** Sizes of at least 1. */
export const positiveSize: fc.Arbitrary<number> = size.map((n) => Math.max(n, 1));

/** A layout of a result. */
export const ownLayout: fc.Arbitrary<Layout> = fc.constantFrom(...ownLayouts);

/** A layout of an input. */
export const layout: fc.Arbitrary<Layout> = fc.constantFrom(...ownLayouts, ...broadcastLayouts);

/** A seed of random elements. */
export const elementSeed: fc.Arbitrary<number> = fc.integer({ min: 0, max: 2 ** 31 - 1 });

/** Lengths of blocks, empty ones too. */
export const cuts: fc.Arbitrary<readonly number[]> = fc.array(fc.integer({ min: 0, max: 6 }), {
  minLength: 1,
  maxLength: 4,
});

/** Which blocks are present, by a bit for each; `undefined` for a dense matrix. */
export const presence: fc.Arbitrary<number | undefined> = fc.option(
  fc.integer({ min: 0, max: 2 ** 16 - 1 }),
  { nil: undefined },
);

/** The pattern of {@link presence} bits on a grid of at most 4×4 blocks. */
export function patternOf(bits: number): (row: number, col: number) => boolean {
  return (row, col) => ((bits >> (4 * row + col)) & 1) === 1;
}

/**
 * A random tree over three inputs, in which, of the default constants, nothing overflows or leaves
 * its domain.
 */
export function expression(
  dtype: DType,
  constants: fc.Arbitrary<number> = defaultConstants(dtype),
): fc.Arbitrary<Expr> {
  const isInteger = dtype === "i32";
  const leaf: fc.Arbitrary<Expr> = fc.oneof(
    { weight: 3, arbitrary: fc.integer({ min: 0, max: 2 }).map(expr.input) },
    { weight: 1, arbitrary: constants.map(expr.constant) },
  );
  const { tree } = fc.letrec<{ tree: Expr }>((tie) => {
    const one = tie("tree");
    const both = fc.tuple(one, one);
    const everywhere: fc.Arbitrary<Expr>[] = [
      fc.tuple(fc.constantFrom("neg", "abs", "floor"), one).map(([op, x]) => expr.unary(op, x)),
      fc
        .tuple(fc.constantFrom("add", "sub", "max", "min", "less", "equal"), both)
        .map(([op, [x, y]]) => expr.binary(op, x, y)),
      fc.tuple(one, leaf).map(([x, y]) => expr.mul(x, y)),
      fc.tuple(one, one, one).map(([c, x, y]) => expr.select(expr.less(c, 0), x, y)),
    ];
    const floating: fc.Arbitrary<Expr>[] = [
      fc.tuple(fc.constantFrom("tanh", "erf"), one).map(([op, x]) => expr.unary(op, x)),
      one.map((x) => expr.exp(expr.min(x, 1))),
      one.map((x) => expr.log(expr.add(expr.abs(x), 0.5))),
      one.map((x) => expr.sqrt(expr.abs(x))),
      both.map(([x, y]) => expr.div(x, expr.add(1, expr.abs(y)))),
      one.map((x) => expr.pow(expr.add(expr.abs(x), 0.5), 1.5)),
    ];
    const nodes = isInteger ? everywhere : [...everywhere, ...floating];
    return { tree: fc.oneof({ depthSize: "small", maxDepth: 5 }, leaf, ...nodes) };
  });
  return tree;
}

function defaultConstants(dtype: DType): fc.Arbitrary<number> {
  return dtype === "i32"
    ? fc.integer({ min: -5, max: 5 })
    : fc.constantFrom(-2, -0.5, 0, 0.25, 1, 3);
}
