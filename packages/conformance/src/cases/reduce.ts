import { computeDType, type DType, dtypes, type Expr, expr, type ReductionOp } from "@blk/core";
import { type Case, problemCase } from "../case.js";
import { operandOf, randomOperand, resultOf } from "../elements.js";
import { broadcastLayouts, type Layout, ownLayouts } from "../layout.js";
import { distinct } from "./distinct.js";
import { listShapes } from "./list-shapes.js";
import { reduceProblem } from "./reduce-problem.js";

const ops: readonly ReductionOp[] = ["sum", "max", "min", "argmax"];
const x = expr.input(0);
const y = expr.input(1);

/** What the result stands for. */
type Direction = "rows" | "columns" | "everything";
const directions: readonly Direction[] = ["rows", "columns", "everything"];

function resultShape(direction: Direction, rows: number, cols: number): readonly [number, number] {
  return [direction === "rows" ? rows : 1, direction === "columns" ? cols : 1];
}

interface Spec {
  readonly dtype: DType;
  readonly op: ReductionOp;
  readonly direction: Direction;
  readonly rows: number;
  readonly cols: number;
  readonly layout?: Layout;
  readonly out?: Layout;
  readonly numbers?: ArrayLike<number>;
}

/** A task over one random (or given) input. */
function task({ dtype, op, direction, rows, cols, layout = "rows", out = "rows", numbers }: Spec) {
  const shape = resultShape(direction, rows, cols);
  const input =
    numbers === undefined
      ? randomOperand("x", dtype, rows, cols, layout, rows * 37 + cols)
      : operandOf("x", dtype, rows, cols, numbers, layout);
  return {
    inputs: [input],
    out: resultOf("out", op === "argmax" ? "i32" : dtype, ...shape, out),
  };
}

function typesOf(dtype: DType, op: ReductionOp): readonly DType[] {
  return op === "argmax" && dtype !== "i32" ? [dtype, "i32"] : [dtype];
}

/** Cases of `reduce`. */
export function reduceCases(): readonly Case[] {
  return dtypes.flatMap((dtype) =>
    ops.flatMap((op) => [
      ...sizeCases(dtype, op),
      ...layoutCases(dtype, op),
      ...listCases(dtype, op),
      ...specialCases(dtype, op),
      ...expressionCases(dtype, op),
    ]),
  );
}

function sizeCases(dtype: DType, op: ReductionOp): readonly Case[] {
  const sizes = [0, 1, 2, 3, 4, 5, 8, 9, 16, 17, 31, 33, 64, 65, 129];
  const shapes = sizes.flatMap((size): readonly (readonly [number, number])[] => [
    [size, 5],
    [3, size],
  ]);
  const long: readonly (readonly [number, number])[] = [
    [1, 5000],
    [5000, 1],
    [300, 40],
  ];
  return distinct([...shapes, ...long]).flatMap(([rows, cols]) =>
    directions.map((direction) => {
      const problem = reduceProblem([task({ dtype, op, direction, rows, cols })], x, op);
      const name = `${op}/${direction}/${rows}×${cols}`;
      return problemCase("reduce", typesOf(dtype, op), name, problem);
    }),
  );
}

function layoutCases(dtype: DType, op: ReductionOp): readonly Case[] {
  return directions.flatMap((direction) => {
    const spec = { dtype, op, direction, rows: 11, cols: 19 };
    const inputs = [...ownLayouts, ...broadcastLayouts].map((layout) => {
      const problem = reduceProblem([task({ ...spec, layout })], x, op);
      return problemCase(
        "reduce",
        typesOf(dtype, op),
        `${op}/${direction}/layout/x ${layout}`,
        problem,
      );
    });
    const outputs = ownLayouts.map((layout) => {
      const problem = reduceProblem([task({ ...spec, layout, out: layout })], x, op);
      return problemCase(
        "reduce",
        typesOf(dtype, op),
        `${op}/${direction}/layout/all ${layout}`,
        problem,
      );
    });
    return [...inputs, ...outputs];
  });
}

function listCases(dtype: DType, op: ReductionOp): readonly Case[] {
  const mixed = listShapes.flatMap(([rows, cols]) =>
    directions.map((direction) => task({ dtype, op, direction, rows, cols, out: "padded" })),
  );
  const tiny = Array.from({ length: 100 }, () =>
    task({ dtype, op, direction: "everything", rows: 3, cols: 2 }),
  );
  const types = typesOf(dtype, op);
  return [
    problemCase("reduce", types, `${op}/list/empty`, reduceProblem([], x, op)),
    problemCase("reduce", types, `${op}/list/different sizes`, reduceProblem(mixed, x, op)),
    problemCase("reduce", types, `${op}/list/100 tiny ones`, reduceProblem(tiny, x, op)),
    ...(op === "argmax"
      ? []
      : [
          problemCase(
            "reduce",
            types,
            `${op}/list/in one buffer`,
            reduceProblem(mixed, x, op, { shareBuffer: true }),
          ),
        ]),
  ];
}

/** Ties, NaN, infinities, wrap-around. */
function specialCases(dtype: DType, op: ReductionOp): readonly Case[] {
  const types = typesOf(dtype, op);
  const ties = [3, 1, 3, 2, 3, 3, -5, -5, -5, -5, 0, 0, 0, 0, 0];
  const cases = directions.map((direction) => {
    const spec = { dtype, op, direction, rows: 3, cols: 5, numbers: ties };
    const problem = reduceProblem([task(spec)], x, op);
    return problemCase("reduce", types, `${op}/${direction}/ties`, problem);
  });
  if (dtype === "i32") {
    const wide = [2 ** 31 - 1, 2 ** 31 - 1, -(2 ** 31), 5, 2 ** 31 - 1, -(2 ** 31)];
    const spec = { dtype, op, rows: 2, cols: 3, numbers: wide };
    return [
      ...cases,
      ...directions.map((direction) => {
        const problem = reduceProblem([task({ ...spec, direction })], x, op);
        return problemCase("reduce", types, `${op}/${direction}/extreme numbers`, problem);
      }),
    ];
  }
  const { POSITIVE_INFINITY: inf, NaN: nan } = Number;
  const special = [
    [1, nan, inf, nan, 2],
    [-inf, -inf, -inf, -inf, -inf],
    [3, 1, 3, -inf, 3],
    [inf, -inf, 1, 0, inf],
    [2, 2, 2, 2, nan],
  ].flat();
  return [
    ...cases,
    ...directions.map((direction) => {
      const spec = { dtype, op, direction, rows: 5, cols: 5, numbers: special };
      return problemCase(
        "reduce",
        types,
        `${op}/${direction}/NaN and infinity`,
        reduceProblem([task(spec)], x, op),
        ["non-finite numbers"],
      );
    }),
  ];
}

/** An expression fused into the reduction: an inner product, a norm, a distance. */
function expressionCases(dtype: DType, op: ReductionOp): readonly Case[] {
  const isInteger = computeDType(dtype) === "i32";
  // An index depends on which number is larger, so only exact arithmetic has one right answer.
  const isExact = op === "argmax";
  const expressions: Readonly<Record<string, Expr>> = {
    x·y: expr.mul(x, y),
    "|x − y|": expr.abs(expr.sub(x, y)),
    constant: expr.constant(2),
    ...(isInteger || isExact ? {} : { "exp(x)·y": expr.mul(expr.exp(x), y) }),
  };
  return Object.entries(expressions).flatMap(([name, e]) =>
    directions.map((direction) => {
      const [rows, cols] = [13, 21];
      const kind = isExact ? "whole" : "full";
      const inputs = [
        randomOperand("x", dtype, rows, cols, "rows", 1, kind),
        randomOperand("y", dtype, rows, cols, "columns", 2, kind),
      ];
      const shape = resultShape(direction, rows, cols);
      const out = resultOf("out", op === "argmax" ? "i32" : dtype, ...shape);
      const problem = reduceProblem([{ inputs, out }], e, op);
      const types = typesOf(dtype, op);
      return problemCase("reduce", types, `${op}/${direction}/of ${name}`, problem);
    }),
  );
}
