import {
  bytesPerElement,
  clamp,
  computeDType,
  type DType,
  dtypes,
  type Expr,
  expr,
  gelu,
  geluTanh,
  leakyRelu,
  relu,
  sigmoid,
  silu,
  softplus,
  square,
} from "@blk/core";
import { behaviourCase, type Case, type Feature, problemCase } from "../case.js";
import { operandOf, randomElements, randomOperand, resultOf, stored } from "../elements.js";
import { broadcastLayouts, type Layout, ownLayouts } from "../layout.js";
import { runProblem } from "../problem.js";
import { distinct } from "./distinct.js";
import { listShapes } from "./list-shapes.js";
import { mapProblem } from "./map-problem.js";

const x = expr.input(0);
const y = expr.input(1);

/** Cases of `map`. */
export function mapCases(): readonly Case[] {
  return [
    ...dtypes.flatMap((dtype) => [
      ...primitiveCases(dtype),
      ...functionCases(dtype),
      ...sizeCases(dtype),
      ...layoutCases(dtype),
      ...listCases(dtype),
      ...specialCases(dtype),
    ]),
    ...conversionCases(),
  ];
}

/** Numbers on which a primitive is worth trying. */
function arguments1(op: string, dtype: DType): readonly number[] {
  const spread = [0, 1, -1, 0.5, -0.5, 2, 3, -7, 0.1, -0.3, 1e-3, -1e-4, 10, -20, 100, -1000];
  const random = randomElements(dtype, 120, 7);
  const wide = Array.from(random, (v, i) => v * 2 ** ((i % 41) - 20));
  if (dtype === "i32") return [...spread.map(Math.round), ...random, 2 ** 31 - 1, -(2 ** 31)];
  const positive = [...spread, ...wide].map(Math.abs);
  switch (op) {
    case "log":
    case "sqrt":
      return positive.map((v) => v + 2 ** -20);
    case "exp":
      // Beyond, f16 overflows, and f32 does from 88.7.
      return [...spread, ...random, ...wide].filter(
        (v) => Math.abs(v) < (dtype === "f16" ? 10 : 80),
      );
    case "floor":
      return [...spread, ...random, ...wide, 2.5, -2.5, 1 - 2 ** -10, -(2 ** -10)];
    default:
      return [...spread, ...random, ...wide];
  }
}

function primitiveCases(dtype: DType): readonly Case[] {
  const isInteger = dtype === "i32";
  const defined = (op: (typeof expr.unaryOps | typeof expr.binaryOps)[number]): boolean =>
    !isInteger || expr.integerOps.has(op);
  const unary = expr.unaryOps.filter(defined).map((op) => {
    const numbers = arguments1(op, dtype);
    const inputs = [operandOf("x", dtype, 1, numbers.length, numbers)];
    const out = resultOf("out", dtype, 1, numbers.length);
    const problem = mapProblem([{ inputs, out }], expr.unary(op, x));
    return problemCase("map", [dtype], `primitive/${op}`, problem);
  });
  const binary = expr.binaryOps.filter(defined).map((op) => {
    const left = arguments1(op, dtype).map((v) => (op === "pow" ? Math.abs(v) / 16 + 0.01 : v));
    const rest = left.slice(37);
    const right = [...rest, ...left.slice(0, 37)].map((v) =>
      op === "div" ? (Math.abs(v) < 0.01 ? 0.3 : v) : op === "pow" ? Math.min(v, 3) - 1 : v,
    );
    const equalSometimes = right.map((v, i) => (i % 5 === 0 ? (left[i] as number) : v));
    const count = left.length;
    const inputs = [
      operandOf("x", dtype, 1, count, left),
      operandOf("y", dtype, 1, count, op === "div" || op === "pow" ? right : equalSometimes),
    ];
    const out = resultOf("out", dtype, 1, count);
    const problem = mapProblem([{ inputs, out }], expr.binary(op, x, y));
    return problemCase("map", [dtype], `primitive/${op}`, problem);
  });
  const choice = mapProblem(
    [
      {
        inputs: [
          operandOf("c", dtype, 2, 6, [0, 1, -1, 0, 2, 0, 5, 0, 0, 1, 0, 7]),
          randomOperand("y", dtype, 2, 6, "rows", 1),
          randomOperand("z", dtype, 2, 6, "columns", 2),
        ],
        out: resultOf("out", dtype, 2, 6),
      },
    ],
    expr.select(x, y, expr.input(2)),
  );
  return [...unary, ...binary, problemCase("map", [dtype], "primitive/select", choice)];
}

/** The functions that core exports, each with its derivative. */
function functionCases(dtype: DType): readonly Case[] {
  if (dtype === "i32") return [];
  const slope = expr.differentiate;
  const functions: Readonly<Record<string, (v: Expr) => Expr>> = {
    relu,
    leakyRelu: leakyRelu(0.1),
    sigmoid,
    silu,
    softplus,
    gelu,
    geluTanh,
    square,
    clamp: clamp(-0.5, 0.75),
  };
  const numbers = [...randomElements(dtype, 150, 5), 0, 1, -1, 5, -5, 8, -8];
  return Object.entries(functions).flatMap(([name, f]) =>
    (["", "derivative of "] as const).map((which) => {
      const e = which === "" ? f(x) : slope(f(x), 0);
      const inputs = [operandOf("x", dtype, 1, numbers.length, numbers)];
      const out = resultOf("out", dtype, 1, numbers.length);
      const problem = mapProblem([{ inputs, out }], e);
      return problemCase("map", [dtype], `function/${which}${name}`, problem);
    }),
  );
}

/** A task of two inputs. */
function task(
  dtype: DType,
  rows: number,
  cols: number,
  layouts: readonly [Layout, Layout, Layout],
) {
  const [left, right, out] = layouts;
  return {
    inputs: [
      randomOperand("x", dtype, rows, cols, left, rows + cols),
      randomOperand("y", dtype, rows, cols, right, rows * 31 + cols),
    ],
    out: resultOf("out", dtype, rows, cols, out),
  };
}

const combined = expr.sub(expr.mul(x, y), expr.add(x, 3));

function sizeCases(dtype: DType): readonly Case[] {
  const sizes = [0, 1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 32, 33, 63, 64, 65, 127, 257];
  const shapes = sizes.flatMap((size): readonly (readonly [number, number])[] => [
    [size, 5],
    [3, size],
    [1, size],
    [size, 1],
  ]);
  const large: readonly (readonly [number, number])[] = [
    [1, 4097],
    [70, 71],
    [1025, 3],
  ];
  return distinct([...shapes, ...large]).map(([rows, cols]) => {
    const problem = mapProblem([task(dtype, rows, cols, ["rows", "rows", "rows"])], combined);
    return problemCase("map", [dtype], `size/${rows}×${cols}`, problem);
  });
}

function layoutCases(dtype: DType): readonly Case[] {
  const cases: Case[] = [];
  const shapes = [[7, 13] as const, [1, 9] as const, [9, 1] as const];
  for (const [rows, cols] of shapes) {
    const add = (name: string, layouts: readonly [Layout, Layout, Layout]): void => {
      const problem = mapProblem([task(dtype, rows, cols, layouts)], combined);
      cases.push(problemCase("map", [dtype], `layout/${rows}×${cols}/${name}`, problem));
    };
    for (const layout of [...ownLayouts, ...broadcastLayouts]) {
      add(`x ${layout}`, [layout, "rows", "rows"]);
      add(`y ${layout}`, ["rows", layout, "rows"]);
    }
    for (const layout of ownLayouts) {
      add(`out ${layout}`, ["rows", "rows", layout]);
      add(`all ${layout}`, [layout, layout, layout]);
    }
    const shared = mapProblem([task(dtype, rows, cols, ["rows", "rows", "rows"])], combined, {
      shareBuffer: true,
    });
    cases.push(problemCase("map", [dtype], `layout/${rows}×${cols}/all in one buffer`, shared));
  }
  return cases;
}

function listCases(dtype: DType): readonly Case[] {
  const mixed = listShapes.map(([rows, cols]) =>
    task(dtype, rows, cols, ["rows", "columns", "padded"]),
  );
  const many = Array.from({ length: 120 }, (_, i) =>
    task(dtype, 2, (i % 5) + 1, ["rows", "rows", "rows"]),
  );
  const nine = Array.from({ length: 9 }, (_, i) =>
    randomOperand(`x${i}`, dtype, 5, 6, i % 2 === 0 ? "rows" : "columns", i, "whole"),
  );
  const total = nine.map((_, i) => expr.input(i)).reduce((sum, e) => expr.add(sum, e));
  const out = resultOf("out", dtype, 6, 5);
  return [
    problemCase("map", [dtype], "list/empty", mapProblem([], combined)),
    problemCase("map", [dtype], "list/different sizes", mapProblem(mixed, combined)),
    problemCase("map", [dtype], "list/120 tiny ones", mapProblem(many, combined)),
    problemCase(
      "map",
      [dtype],
      "list/in one buffer",
      mapProblem(mixed, combined, { shareBuffer: true }),
    ),
    problemCase(
      "map",
      [dtype],
      "nine inputs",
      mapProblem([{ inputs: nine, out: { ...out, rows: 5, cols: 6 } }], total),
    ),
    problemCase(
      "map",
      [dtype],
      "no input",
      mapProblem([{ inputs: [], out: resultOf("out", dtype, 9, 7, "padded") }], expr.constant(-3)),
    ),
    problemCase(
      "map",
      [dtype],
      "shared subexpressions",
      mapProblem([task(dtype, 9, 9, ["rows", "rows", "rows"])], deeplyShared(24)),
    ),
  ];
}

/** A tree of 2ⁿ leaves of which only n nodes are distinct: max(e, e) of max(e, e) of … */
function deeplyShared(depth: number): Expr {
  let e: Expr = expr.add(x, y);
  for (let i = 0; i < depth; i++) e = expr.max(e, expr.neg(expr.neg(e)));
  return e;
}

function specialCases(dtype: DType): readonly Case[] {
  const { POSITIVE_INFINITY: inf, NaN: nan } = Number;
  if (dtype === "i32") {
    const wrap = [2 ** 31 - 1, -(2 ** 31), 65536, -65537, 46341, 123456789];
    const square = wrap.flatMap((v) => wrap.map(() => v));
    const across = wrap.flatMap(() => wrap);
    return (["add", "sub", "mul"] as const).map((op) => {
      const inputs = [operandOf("x", dtype, 6, 6, square), operandOf("y", dtype, 6, 6, across)];
      const problem = mapProblem(
        [{ inputs, out: resultOf("out", dtype, 6, 6) }],
        expr.binary(op, x, y),
      );
      return problemCase("map", [dtype], `wraps around/${op}`, problem);
    });
  }
  const special = [nan, inf, -inf, 0, 1, -2];
  const left = special.flatMap((v) => special.map(() => v));
  const right = special.flatMap(() => special);
  const kept: readonly Feature[] = ["non-finite numbers"];
  const cases = [
    ...expr.unaryOps.map((op) => {
      const inputs = [operandOf("x", dtype, 1, 6, special)];
      const problem = mapProblem(
        [{ inputs, out: resultOf("out", dtype, 1, 6) }],
        expr.unary(op, x),
      );
      return problemCase("map", [dtype], `NaN and infinity/${op}`, problem, kept);
    }),
    ...expr.binaryOps.map((op) => {
      const inputs = [operandOf("x", dtype, 6, 6, left), operandOf("y", dtype, 6, 6, right)];
      const problem = mapProblem(
        [{ inputs, out: resultOf("out", dtype, 6, 6) }],
        expr.binary(op, x, y),
      );
      return problemCase("map", [dtype], `NaN and infinity/${op}`, problem, kept);
    }),
    problemCase(
      "map",
      [dtype],
      "NaN and infinity/select",
      mapProblem(
        [
          {
            inputs: [
              operandOf("c", dtype, 1, 6, special),
              operandOf("y", dtype, 1, 6, [1, 2, 3, 4, 5, nan]),
            ],
            out: resultOf("out", dtype, 1, 6),
          },
        ],
        expr.select(x, y, expr.constant(9)),
      ),
      kept,
    ),
  ];
  const tiny = { f64: 2 ** -1074, f32: 2 ** -149, f16: 2 ** -24 }[dtype];
  const small = [tiny, -tiny, 3 * tiny, 513 * tiny, -1000 * tiny];
  const doubled = {
    ...mapProblem(
      [{ inputs: [operandOf("x", dtype, 1, 5, small)], out: resultOf("out", dtype, 1, 5) }],
      expr.add(x, x),
    ),
    answer: () => [
      { expected: Float64Array.from(small, (v) => 2 * v), bound: new Float64Array(5) },
    ],
  };
  return [
    ...cases,
    problemCase("map", [dtype], "subnormal numbers", doubled, ["subnormal numbers"]),
    behaviourCase("map", [dtype], "signs of zero", (context) => signsOfZero(dtype, context), kept),
  ];
}

/** −0 is told from 0 by 1/x. */
async function signsOfZero(dtype: DType, context: Parameters<typeof runProblem>[1]): Promise<void> {
  const numbers = [0, -0, 0, -0];
  const signs: readonly (readonly [Expr, readonly number[]])[] = [
    [expr.neg(x), [-1, 1, -1, 1]],
    [expr.abs(x), [1, 1, 1, 1]],
    [expr.mul(x, -2), [-1, 1, -1, 1]],
    [expr.max(x, expr.neg(x)), [1, 1, 1, 1]],
    [expr.min(x, expr.neg(x)), [-1, -1, -1, -1]],
    [expr.sqrt(x), [1, -1, 1, -1]],
    [expr.floor(x), [1, -1, 1, -1]],
  ];
  for (const [e, expected] of signs) {
    const inputs = [operandOf("x", dtype, 1, 4, numbers)];
    const problem = {
      ...mapProblem([{ inputs, out: resultOf("out", dtype, 1, 4) }], expr.div(1, e)),
      answer: () => [
        {
          expected: Float64Array.from(expected, (sign) => sign * Number.POSITIVE_INFINITY),
          bound: new Float64Array(4),
        },
      ],
    };
    await runProblem(problem, context);
  }
}

/** Every type to every other: rounded to nearest, or truncated and saturated. */
function conversionCases(): readonly Case[] {
  const numbers = [0, 1, -1, 2.5, -2.5, 0.1, 65504, 65520, 65519.9, 1e-8, 2 ** -25, 3 * 2 ** -26];
  const large = [
    3e9,
    -3e9,
    2 ** 31 - 1,
    -(2 ** 31),
    16777217,
    -16777219,
    1 + 2 ** -12,
    70000,
    2 ** 127,
  ];
  const all = [...numbers, ...large];
  return dtypes
    .flatMap((from) =>
      dtypes
        .filter((to) => to !== from)
        .flatMap((to) =>
          (["rows", "strided"] as const).map((layout) => {
            const finite = all.map((v) => (Number.isFinite(stored(from, v)) ? v : 3));
            const source = operandOf("x", from, 3, 7, finite, layout);
            const out = resultOf("out", to, 3, 7, layout);
            const problem = mapProblem([{ inputs: [source], out }], x);
            const name = `to ${to}, ${layout} (${bytesPerElement(from)} to ${bytesPerElement(to)} bytes)`;
            return problemCase("map", [from, to], `convert/${name}`, problem);
          }),
        ),
    )
    .concat(
      dtypes
        .filter((dtype) => computeDType(dtype) !== "i32")
        .map((dtype) => {
          const special = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 1e10];
          const inputs = [operandOf("x", dtype, 1, 4, special)];
          const problem = mapProblem([{ inputs, out: resultOf("out", "i32", 1, 4) }], x);
          return problemCase("map", [dtype, "i32"], "convert/NaN and infinity to i32", problem, [
            "non-finite numbers",
          ]);
        }),
    );
}
