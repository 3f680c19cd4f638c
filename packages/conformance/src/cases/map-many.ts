import { computeDType, type DType, dtypes, type Expr, expr } from "@blk/core";
import fc from "fast-check";
import { behaviourCase, type Case, type Feature, type Problem, problemCase } from "../case.js";
import { randomElements, randomOperand, resultOf } from "../elements.js";
import { broadcastLayouts, type Layout, ownLayouts } from "../layout.js";
import { runProblem } from "../problem.js";
import { forAll, type PropertyOptions } from "../property.js";
import { distinct } from "./distinct.js";
import { elementSeed, expression, layout, ownLayout, size } from "./examples.js";
import { listShapes } from "./list-shapes.js";
import { type HostMany, manyProblem } from "./many-problem.js";

const needs: readonly Feature[] = ["fused mapMany"];
const [x, y, z] = [expr.input(0), expr.input(1), expr.input(2)];

/** Cases of the optional fused `mapMany`. */
export function mapManyCases(options: PropertyOptions): readonly Case[] {
  return dtypes.flatMap((dtype) => {
    const caseOf = (name: string, problem: Problem): Case =>
      problemCase("mapMany", [dtype], name, problem, needs);
    return [
      ...countCases(dtype, caseOf),
      ...sizeCases(dtype, caseOf),
      ...layoutCases(dtype, caseOf),
      ...listCases(dtype, caseOf),
      anyCase(dtype, options),
    ];
  });
}

type CaseOf = (name: string, problem: Problem) => Case;

/** Of an operand and two matrices in place: an average, another, and what reads both. */
const moments = [
  expr.add(expr.mul(3, y), x),
  expr.sub(z, expr.mul(x, x)),
  expr.max(expr.add(expr.mul(3, y), x), expr.sub(z, expr.mul(x, x))),
];

/** Tasks of {@link moments}: the operand, the two in place, and a third that is written only. */
function momentsOf(
  dtype: DType,
  rows: number,
  cols: number,
  [input, first, second, third]: readonly [Layout, Layout, Layout, Layout],
): HostMany {
  const seed = 31 * rows + cols;
  const initial = (more: number) => randomElements(dtype, rows * cols, seed + more);
  return {
    inputs: [randomOperand("x", dtype, rows, cols, input, seed)],
    outs: [
      resultOf("first", dtype, rows, cols, first, initial(1)),
      resultOf("second", dtype, rows, cols, second, initial(2)),
      resultOf("third", dtype, rows, cols, third),
    ],
  };
}

const plain = ["rows", "rows", "rows", "rows"] as const;

function countCases(dtype: DType, caseOf: CaseOf): readonly Case[] {
  const [rows, cols] = [5, 7];
  const task = (outs: number): HostMany => ({
    inputs: [randomOperand("x", dtype, rows, cols, "columns", 3)],
    outs: Array.from({ length: outs }, (_, k) => {
      const initial = randomElements(dtype, rows * cols, 4 + k);
      return resultOf(`out ${k}`, dtype, rows, cols, "rows", initial);
    }),
  });
  // Each out becomes what the next one held.
  const turned = (outs: number): readonly Expr[] =>
    Array.from({ length: outs }, (_, k) => expr.input(1 + ((k + 1) % outs)));
  const mixed: readonly DType[] = computeDType(dtype) === "f32" ? ["f16", "f32"] : [dtype, dtype];
  const typed = {
    inputs: [randomOperand("x", "f32", rows, cols, "rows", 1)],
    outs: mixed.map((type, k) => resultOf(`out ${k}`, type, rows, cols)),
  };
  const constant = {
    inputs: task(1).inputs,
    outs: task(2).outs.map(({ initial: _, ...out }) => out),
  };
  return [
    ...[1, 2, 3, 4].map((outs) =>
      caseOf(`${outs} in place, turned`, manyProblem([task(outs)], turned(outs))),
    ),
    caseOf(`${mixed.join(" and ")} of f32`, manyProblem([typed], [x, expr.mul(x, 3)])),
    caseOf("a constant and an input", manyProblem([constant], [expr.constant(-3), x])),
    caseOf("of nothing", manyProblem([], [x, y])),
  ];
}

function sizeCases(dtype: DType, caseOf: CaseOf): readonly Case[] {
  const sizes = [0, 1, 2, 3, 4, 5, 7, 8, 13, 31, 32, 33];
  const shapes = [
    ...sizes.map((n) => [1, n] as const),
    ...[0, 1, 7, 13].map((n) => [n, 1] as const),
    [17, 13] as const,
    [3, 1025] as const,
  ];
  return distinct(shapes).map(([rows, cols]) =>
    caseOf(`${rows}×${cols}`, manyProblem([momentsOf(dtype, rows, cols, plain)], moments)),
  );
}

function layoutCases(dtype: DType, caseOf: CaseOf): readonly Case[] {
  const of = (name: string, layouts: readonly [Layout, Layout, Layout, Layout]): Case =>
    caseOf(`layout/${name}`, manyProblem([momentsOf(dtype, 7, 11, layouts)], moments));
  return [
    ...broadcastLayouts.map((l) => of(`x ${l}`, [l, "rows", "rows", "rows"])),
    ...ownLayouts.flatMap((l) => [
      of(`first ${l}`, ["rows", l, "rows", "rows"]),
      of(`third ${l}`, ["rows", "rows", "rows", l]),
      of(`all ${l}`, [l, l, l, l]),
    ]),
  ];
}

function listCases(dtype: DType, caseOf: CaseOf): readonly Case[] {
  const list = listShapes.map(([rows, cols]) =>
    momentsOf(dtype, rows, cols, ["columns", "padded", "rows", "rows"]),
  );
  return [
    caseOf("list/different sizes", manyProblem(list, moments)),
    caseOf("list/in one buffer", manyProblem(list, moments, { shareBuffer: true })),
  ];
}

function anyCase(dtype: DType, options: PropertyOptions): Case {
  const one = expression(dtype);
  const example = fc.record({
    exprs: fc.array(one, { minLength: 1, maxLength: 4 }),
    rows: size,
    cols: size,
    layouts: fc.tuple(layout, layout, ownLayout),
    others: ownLayout,
    seed: elementSeed,
  });
  return behaviourCase(
    "mapMany",
    [dtype],
    "property/any expressions, the first in place",
    (context) =>
      forAll(example, options, context, async ({ exprs, rows, cols, layouts, others, seed }) => {
        const [left, right, first] = layouts;
        const initial = randomElements(dtype, rows * cols, seed + 2);
        const task = {
          inputs: [left, right].map((l, i) =>
            randomOperand(`x${i}`, dtype, rows, cols, l, seed + i),
          ),
          outs: exprs.map((_, k) =>
            k === 0
              ? resultOf("out 0", dtype, rows, cols, first, initial)
              : resultOf(`out ${k}`, dtype, rows, cols, others),
          ),
        };
        await runProblem(manyProblem([task], exprs), context);
      }),
    needs,
  );
}
