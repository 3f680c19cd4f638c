import { computeDType, type DType, dtypes, relu } from "@blk/core";
import { type Case, type Feature, problemCase } from "../case.js";
import { operandOf, randomElements, randomOperand, resultOf } from "../elements.js";
import { broadcastLayouts, type Layout, ownLayouts } from "../layout.js";
import { biasThen, type HostTerm, multiplyProblem } from "./multiply-problem.js";
import { packedMatrixCases } from "./packed-matrix.js";

/** m×k times k×n: nothing, one, around the edges of tiles, and a k of several slices. */
const shapes: readonly (readonly [m: number, n: number, k: number])[] = [
  [0, 3, 4],
  [3, 0, 4],
  [3, 4, 0],
  [1, 1, 1],
  [1, 9, 5],
  [9, 1, 5],
  [3, 16, 7],
  ...[1, 3, 4, 5, 7, 8, 9, 11, 12, 13, 15, 16, 17, 31, 33].map((n) => [5, n, 7] as const),
  ...[1, 2, 4, 8, 17].map((m) => [m, 13, 20] as const),
  [4, 9, 1100],
  [130, 5, 30],
  [6, 1100, 3],
];

const transposes: readonly (readonly [name: string, a: Layout, b: Layout])[] = [
  ["A·B", "rows", "rows"],
  ["Aᵀ·B", "columns", "rows"],
  ["A·Bᵀ", "rows", "columns"],
  ["Aᵀ·Bᵀ", "columns", "columns"],
];

const needs: readonly Feature[] = ["packed operands"];

/** Cases of the optional `pack`: products whose right factor is given packed, too. */
export function packCases(): readonly Case[] {
  const products = dtypes.flatMap((dtype) => [
    ...shapeCases(dtype),
    ...layoutCases(dtype),
    ...finishCases(dtype),
    ...termCases(dtype),
  ]);
  return [...products, ...packedMatrixCases()];
}

function termOf(
  dtype: DType,
  [m, n, k]: readonly [number, number, number],
  a: Layout = "rows",
  b: Layout = "rows",
  seed = 1,
): HostTerm {
  return {
    a: randomOperand("a", dtype, m, k, a, seed),
    b: randomOperand("b", dtype, k, n, b, seed + 1),
    isPacked: true,
  };
}

function shapeCases(dtype: DType): readonly Case[] {
  return shapes.flatMap((shape) =>
    transposes.map(([name, a, b]) => {
      const c = resultOf("c", dtype, shape[0], shape[1]);
      const problem = multiplyProblem([{ c, terms: [termOf(dtype, shape, a, b)] }]);
      return problemCase("pack", [dtype], `${shape.join("×")}/${name}`, problem, needs);
    }),
  );
}

function layoutCases(dtype: DType): readonly Case[] {
  const shape = [7, 13, 11] as const;
  const ofB = [...ownLayouts, ...broadcastLayouts].map((layout) => {
    const terms = [termOf(dtype, shape, "rows", layout)];
    const problem = multiplyProblem([{ c: resultOf("c", dtype, 7, 13), terms }]);
    return problemCase("pack", [dtype], `layout/b ${layout}`, problem, needs);
  });
  const ofC = ownLayouts.map((layout) => {
    const c = resultOf("c", dtype, 7, 13, layout);
    const problem = multiplyProblem([{ c, terms: [termOf(dtype, shape)] }]);
    return problemCase("pack", [dtype], `layout/c ${layout}`, problem, needs);
  });
  return [...ofB, ...ofC];
}

function finishCases(dtype: DType): readonly Case[] {
  const [alpha, beta] = computeDType(dtype) === "i32" ? [3, -2] : [0.37, -0.61];
  return [1, 5].map((m) => {
    const initial = randomElements(dtype, m * 14, 3);
    const product = {
      c: resultOf("c", dtype, m, 14, "padded", initial),
      terms: [termOf(dtype, [m, 14, 9])],
      operands: [randomOperand("bias", dtype, m, 14, "one row", 4)],
    };
    const problem = multiplyProblem([product], { alpha, beta, epilogue: biasThen(relu) });
    return problemCase("pack", [dtype], `alpha, beta, bias and relu, m = ${m}`, problem, needs);
  });
}

function termCases(dtype: DType): readonly Case[] {
  const terms = [3, 20, 0, 7].map((k, t) =>
    termOf(dtype, [5, 10, k], "rows", t % 2 === 0 ? "rows" : "columns", 10 * t),
  );
  const some = terms.map((term, t) => ({ ...term, isPacked: t % 2 === 1 }));
  const rows = operandOf("rows", "i32", 5, 1, [3, 3, -1, 0, 9]);
  const indexed = terms.map((term) => ({ ...term, rows }));
  const c = resultOf("c", dtype, 5, 10);
  const mixed = [terms, some, [termOf(dtype, [5, 10, 4])]].map((list) => ({ c, terms: list }));
  return [
    problemCase("pack", [dtype], "terms/all", multiplyProblem([{ c, terms }]), needs),
    problemCase("pack", [dtype], "terms/some", multiplyProblem([{ c, terms: some }]), needs),
    problemCase("pack", [dtype], "list", multiplyProblem(mixed), needs),
    problemCase("pack", [dtype, "i32"], "rows by index", multiplyProblem([{ c, terms: indexed }]), [
      ...needs,
      "rows by index",
    ]),
  ];
}
