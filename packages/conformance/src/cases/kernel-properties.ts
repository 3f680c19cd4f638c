import { computeDType, type DType, dtypes, type ReductionOp, relu } from "@blk/core";
import fc from "fast-check";
import { behaviourCase, type Case } from "../case.js";
import { randomElements, randomOperand, resultOf } from "../elements.js";
import { runProblem } from "../problem.js";
import { forAll, type PropertyOptions } from "../property.js";
import { elementSeed, expression, layout, ownLayout, size } from "./examples.js";
import { mapProblem } from "./map-problem.js";
import { biasThen, multiplyProblem } from "./multiply-problem.js";
import { reduceProblem } from "./reduce-problem.js";

/** Properties of the members of the contract: any shapes, strides, lists and expressions. */
export function kernelPropertyCases(options: PropertyOptions): readonly Case[] {
  return dtypes.flatMap((dtype) => [
    multiplyProperty(dtype, options),
    mapProperty(dtype, options),
    reduceProperty(dtype, options),
  ]);
}

function multiplyProperty(dtype: DType, options: PropertyOptions): Case {
  const scalar =
    computeDType(dtype) === "i32" ? fc.constantFrom(0, 1, -2) : fc.constantFrom(0, 1, -0.7);
  const product = fc.record({
    m: size,
    n: size,
    terms: fc.array(fc.record({ k: size, a: layout, b: layout }), { maxLength: 3 }),
    c: ownLayout,
    bias: fc.option(layout, { nil: undefined }),
  });
  const example = fc.record({
    products: fc.array(product, { minLength: 1, maxLength: 3 }),
    alpha: scalar,
    beta: scalar,
    shareBuffer: fc.boolean(),
    seed: elementSeed,
  });
  return behaviourCase("multiply", [dtype], "property/any list of products", (context) =>
    forAll(example, options, context, async ({ products, seed, ...scalars }) => {
      const hasBias = products.every(({ bias }) => bias !== undefined);
      const list = products.map(({ m, n, terms, c, bias }, p) => {
        const initial = randomElements(dtype, m * n, seed + 99);
        const operands =
          hasBias && bias !== undefined ? [randomOperand("bias", dtype, m, n, bias, seed + 7)] : [];
        return {
          c:
            scalars.beta === 0
              ? resultOf("c", dtype, m, n, c)
              : resultOf("c", dtype, m, n, c, initial),
          terms: terms.map(({ k, a, b }, t) => ({
            a: randomOperand("a", dtype, m, k, a, seed + 10 * p + 2 * t),
            b: randomOperand("b", dtype, k, n, b, seed + 10 * p + 2 * t + 1),
          })),
          operands,
        };
      });
      const epilogue = hasBias ? { epilogue: biasThen(relu) } : {};
      await runProblem(multiplyProblem(list, { ...scalars, ...epilogue }), context);
    }),
  );
}

function mapProperty(dtype: DType, options: PropertyOptions): Case {
  const example = fc.record({
    expression: expression(dtype),
    rows: size,
    cols: size,
    layouts: fc.tuple(layout, layout, layout, ownLayout),
    seed: elementSeed,
  });
  return behaviourCase("map", [dtype], "property/any expression", (context) =>
    forAll(example, options, context, async (e) => {
      const { expression, rows, cols, layouts, seed } = e;
      const [x, y, z, out] = layouts;
      const inputs = [x, y, z].map((l, i) =>
        randomOperand(`x${i}`, dtype, rows, cols, l, seed + i),
      );
      const task = { inputs, out: resultOf("out", dtype, rows, cols, out) };
      await runProblem(mapProblem([task], expression), context);
    }),
  );
}

function reduceProperty(dtype: DType, options: PropertyOptions): Case {
  const example = fc.record({
    op: fc.constantFrom<ReductionOp>("sum", "max", "min", "argmax"),
    expression: expression(dtype),
    rows: size,
    cols: size,
    direction: fc.constantFrom("rows", "columns", "everything"),
    layouts: fc.tuple(layout, layout, layout, ownLayout),
    seed: elementSeed,
  });
  const needed: readonly DType[] = dtype === "i32" ? [dtype] : [dtype, "i32"];
  return behaviourCase("reduce", needed, "property/any expression and direction", (context) =>
    forAll(example, options, context, async (e) => {
      const { op, rows, cols, direction, layouts, seed } = e;
      const [x, y, z, outLayout] = layouts;
      // Which number is the largest must not depend on rounding.
      const kind = op === "argmax" ? "whole" : "full";
      const expression = op === "argmax" ? wholeOnly : e.expression;
      const inputs = [x, y, z].map((l, i) =>
        randomOperand(`x${i}`, dtype, rows, cols, l, seed + i, kind),
      );
      const out = resultOf(
        "out",
        op === "argmax" ? "i32" : dtype,
        direction === "rows" ? rows : 1,
        direction === "columns" ? cols : 1,
        outLayout,
      );
      await runProblem(reduceProblem([{ inputs, out }], expression, op), context);
    }),
  );
}

const wholeOnly = relu({ kind: "input", index: 1 });
