import { type DType, dtypes, expr, gelu, relu } from "@blk/core";
import { type Case, type Feature, problemCase } from "../case.js";
import { operandOf, randomElements, randomOperand, resultOf } from "../elements.js";
import type { Layout } from "../layout.js";
import {
  biasThen,
  type HostOptions,
  type HostProduct,
  multiplyProblem,
} from "./multiply-problem.js";

type Shape = readonly [m: number, n: number, k: number];

/** Products larger than the blocks into which backends cut their loops, in each direction. */
const beyond: readonly Shape[] = [
  [300, 9, 5],
  [517, 4, 3],
  [7, 300, 5],
  [3, 1100, 4],
  [5, 6, 700],
  [70, 33, 300],
];

/**
 * Cases of `multiply` that need more than one block of rows, columns or steps of k: with scalars,
 * operands and rows by index, which every block must find at its own place.
 */
export function largeMultiplyCases(): readonly Case[] {
  return dtypes.flatMap((dtype) => [
    ...beyond.flatMap((shape) => shapeCases(dtype, shape)),
    ...termCases(dtype),
    ...indexCases(dtype),
    ...(dtype === "i32" ? [wrappingScalars()] : [nothingTimesNaN(dtype)]),
  ]);
}

/** One product with everything that a block has to find: C's old numbers and two operands. */
function product(dtype: DType, [m, n, k]: Shape, a: Layout, b: Layout): HostProduct {
  return {
    c: { ...resultOf("c", dtype, m, n, "padded"), initial: randomElements(dtype, m * n, 7) },
    terms: [
      {
        a: randomOperand("a", dtype, m, k, a, 1),
        b: randomOperand("b", dtype, k, n, b, 2),
      },
    ],
    operands: [
      randomOperand("bias", dtype, m, n, "one row", 3),
      randomOperand("residual", dtype, m, n, "columns", 4),
    ],
  };
}

function shapeCases(dtype: DType, shape: Shape): readonly Case[] {
  const isInteger = dtype === "i32";
  const activation = isInteger ? relu : gelu;
  const epilogue = expr.add(biasThen(activation), expr.input(2));
  const [alpha, beta] = isInteger ? [3, -2] : [0.75, -1.5];
  const options: Readonly<Record<string, HostOptions>> = {
    plain: {},
    "alpha and beta": { alpha, beta },
    "bias, activation and residual": { epilogue },
    everything: { alpha, beta, epilogue },
  };
  return Object.entries(options).flatMap(([name, scalars]) =>
    (
      [
        ["rows", "rows"],
        ["columns", "columns"],
      ] as const
    ).map(([a, b]) => {
      const { c, operands = [], ...rest } = product(dtype, shape, a, b);
      const fresh = resultOf("c", dtype, c.rows, c.cols, "padded");
      const host = {
        ...rest,
        c: scalars.beta === undefined ? fresh : c,
        operands: scalars.epilogue === undefined ? [] : operands,
      };
      const caseName = `large/${shape.join("×")}/${name}, a and b by ${a}`;
      return problemCase("multiply", [dtype], caseName, multiplyProblem([host], scalars));
    }),
  );
}

/** Many terms, deep together. */
function termCases(dtype: DType): readonly Case[] {
  return [9, 40].map((count) => {
    const terms = Array.from({ length: count }, (_, t) => ({
      a: randomOperand(`a${t}`, dtype, 5, 21, "rows", 2 * t),
      b: randomOperand(`b${t}`, dtype, 21, 6, "rows", 2 * t + 1),
    }));
    const problem = multiplyProblem([{ c: resultOf("c", dtype, 5, 6), terms }]);
    return problemCase("multiply", [dtype], `large/${count} terms`, problem);
  });
}

/** Rows by index beyond the first block of rows. */
function indexCases(dtype: DType): readonly Case[] {
  const count = 400;
  const indices = Array.from({ length: count }, (_, i) => ((i * 7) % 60) - 2);
  const needs: readonly Feature[] = ["rows by index"];
  return (["rows", "columns"] as const).map((layout) => {
    const term = {
      a: randomOperand("a", dtype, 57, 8, layout, 5),
      b: randomOperand("b", dtype, 8, 5, "rows", 6),
      rows: operandOf("rows", "i32", count, 1, indices),
    };
    const problem = multiplyProblem([{ c: resultOf("c", dtype, count, 5), terms: [term] }]);
    return problemCase(
      "multiply",
      [dtype, "i32"],
      `large/rows by index, a by ${layout}`,
      problem,
      needs,
    );
  });
}

/** Scalars whose products exceed the 53 bits of a double. */
function wrappingScalars(): Case {
  const host = product("i32", [9, 10, 11], "rows", "rows");
  const problem = multiplyProblem([host], { alpha: 123456789, beta: -987654321 });
  return problemCase("multiply", ["i32"], "scalars/large ones wrap", problem);
}

/** alpha is a factor like any other: 0·NaN is NaN. */
function nothingTimesNaN(dtype: DType): Case {
  const a = operandOf("a", dtype, 2, 2, [1, Number.NaN, 2, 3]);
  const term = { a, b: randomOperand("b", dtype, 2, 3, "rows", 1) };
  const problem = multiplyProblem([{ c: resultOf("c", dtype, 2, 3), terms: [term] }], { alpha: 0 });
  return problemCase("multiply", [dtype], "alpha 0 keeps NaN", problem, ["non-finite numbers"]);
}
