import { computeDType, type DType, dtypes, unitRoundoff } from "@blk/core";
import { type Case, type Feature, type Problem, problemCase } from "../case.js";
import { gamma } from "../dot.js";
import { operandOf, randomOperand, resultOf } from "../elements.js";
import { type Layout, ownLayouts } from "../layout.js";
import { bytesOf } from "../problem.js";
import { expectationOf, storedRange, widen } from "../range.js";

/** Cases of the optional fused `softmax`. */
export function softmaxCases(): readonly Case[] {
  return dtypes
    .filter((dtype) => computeDType(dtype) !== "i32")
    .flatMap((dtype) => [
      ...[1, 2, 3, 4, 5, 8, 9, 17, 33, 64, 65, 257].flatMap((cols) =>
        [0, 1, 3, 8].map((rows) =>
          caseOf(dtype, `${rows}×${cols}`, random(dtype, rows, cols, "rows", "rows")),
        ),
      ),
      caseOf(dtype, "3×0", random(dtype, 3, 0, "rows", "rows")),
      ...ownLayouts.flatMap((layout) => [
        caseOf(dtype, `layout/input ${layout}`, random(dtype, 7, 11, layout, "rows")),
        caseOf(dtype, `layout/out ${layout}`, random(dtype, 7, 11, "rows", layout)),
      ]),
      caseOf(
        dtype,
        "large numbers",
        given(dtype, 3, [1e4, 1e4, -1e4, -1e4, -9999, -1e4, 0, 30, 60]),
      ),
      caseOf(dtype, "the largest last", given(dtype, 300, ascending(600))),
      caseOf(dtype, "NaN and infinity", nonFinite(dtype)),
    ]);
}

type Input = ReturnType<typeof randomOperand>;

function caseOf(dtype: DType, name: string, problem: Problem): Case {
  const special: readonly Feature[] = name.startsWith("NaN") ? ["non-finite numbers"] : [];
  return problemCase("softmax", [dtype], name, problem, ["fused softmax", ...special]);
}

function random(dtype: DType, rows: number, cols: number, layout: Layout, out: Layout): Problem {
  return problemOf(randomOperand("x", dtype, rows, cols, layout, rows + 100 * cols), out);
}

function given(dtype: DType, cols: number, numbers: readonly number[]): Problem {
  return problemOf(operandOf("x", dtype, numbers.length / cols, cols, numbers), "rows");
}

/** Numbers of which each row's largest comes last, too large for a power of its own. */
function ascending(count: number): readonly number[] {
  return Array.from({ length: count }, (_, i) => 10 * (i % 300));
}

function nonFinite(dtype: DType): Problem {
  const { POSITIVE_INFINITY: inf, NaN: nan } = Number;
  return given(dtype, 3, [1, nan, 2, 1, inf, 2, -inf, 0, 0, -inf, -inf, -inf]);
}

function problemOf(x: Input, layout: Layout): Problem {
  const { dtype, rows, cols, elements } = x;
  const out = resultOf("out", dtype, rows, cols, layout);
  return {
    inputs: [x],
    results: [out],
    flops: 4 * rows * cols,
    bytes: bytesOf([x, out]),
    run(backend, [input], [result]) {
      if (input && result) backend.fused?.softmax?.([{ inputs: [input], out: result }]);
    },
    answer: () => [
      expectationOf(rows * cols, (at) => {
        const start = at - (at % cols);
        const row = elements.subarray(start, start + cols);
        const largest = row.reduce(
          (best, value) => Math.max(best, value),
          Number.NEGATIVE_INFINITY,
        );
        const total = row.reduce((sum, value) => sum + Math.exp(value - largest), 0);
        const value = Math.exp((elements[at] as number) - largest) / total;
        // x − max is rounded by u·|x − max|, which the exponential makes relative; then come an
        // exponential (4 ulp), a sum of n of them, and a division.
        const u = unitRoundoff(computeDType(dtype));
        const distance = Math.min(Math.abs((elements[at] as number) - largest), 800);
        const spread = row.reduce((most, v) => Math.max(most, Math.min(largest - v, 800)), 0);
        const relative = gamma(cols, u) + 2 * (distance + spread) * u;
        const error = value * relative;
        return storedRange(
          widen({ low: value - error, high: value + error }, dtype, 4 + 4 + 2.5),
          dtype,
        );
      }),
    ],
  };
}
