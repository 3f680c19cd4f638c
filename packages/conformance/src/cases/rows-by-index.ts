import { computeDType, type DType, dtypes, unitRoundoff } from "@blk/core";
import { type Case, type Problem, problemCase } from "../case.js";
import { accurateDot, gamma } from "../dot.js";
import { operandOf, randomElements, randomOperand, resultOf, stored } from "../elements.js";
import { broadcastLayouts, type Layout, ownLayouts } from "../layout.js";
import { bytesOf } from "../problem.js";
import { exactly, expectationOf, storedRange, widen } from "../range.js";

interface Spec {
  readonly dtype: DType;
  readonly indices: readonly number[];
  /** Rows of the matrix that is indexed. */
  readonly rows: number;
  readonly cols: number;
  readonly layout?: Layout;
  readonly out?: Layout;
  readonly indexLayout?: Layout;
}

function gatherProblem(spec: Spec): Problem {
  const { dtype, indices, rows, cols, layout = "rows", out = "rows", indexLayout = "rows" } = spec;
  const source = randomOperand("source", dtype, rows, cols, layout, 5);
  const column = operandOf("indices", "i32", indices.length, 1, indices, indexLayout);
  const result = resultOf("out", dtype, indices.length, cols, out);
  return {
    inputs: [source, column],
    results: [result],
    flops: 0,
    bytes: bytesOf([result, result, column]),
    run(backend, [from, index], [to]) {
      if (from && index && to) backend.gather(from, index, to);
    },
    answer: () => [
      expectationOf(indices.length * cols, (at) => {
        const row = indices[Math.floor(at / cols)] as number;
        const isInside = row >= 0 && row < rows;
        return exactly(isInside ? (source.elements[row * cols + (at % cols)] as number) : 0);
      }),
    ],
  };
}

/**
 * The bound allows one rounding to storage for each addition: backends add row by row into memory.
 */
function scatterProblem(spec: Spec): Problem {
  const { dtype, indices, rows, cols, layout = "rows", out = "rows", indexLayout = "rows" } = spec;
  const source = randomOperand("source", dtype, indices.length, cols, layout, 6);
  const column = operandOf("indices", "i32", indices.length, 1, indices, indexLayout);
  const initial = randomElements(dtype, rows * cols, 7);
  const result = resultOf("out", dtype, rows, cols, out, initial);
  return {
    inputs: [source, column],
    results: [result],
    flops: indices.length * cols,
    bytes: bytesOf([source, source, column]),
    run(backend, [from, index], [to]) {
      if (from && index && to) backend.scatterAdd(from, index, to);
    },
    answer: () => [
      expectationOf(rows * cols, (at) => {
        const row = Math.floor(at / cols);
        const addends = [initial[at] as number];
        indices.forEach((index, i) => {
          if (index === row) addends.push(source.elements[i * cols + (at % cols)] as number);
        });
        if (computeDType(dtype) === "i32") {
          return exactly(addends.reduce((sum, x) => (sum + x) | 0, 0));
        }
        const { sum, magnitude } = accurateDot(
          addends.length,
          (i) => addends[i] as number,
          () => 1,
        );
        const roundings = 2 * (addends.length - 1);
        const error =
          gamma(roundings, unitRoundoff(dtype)) * magnitude +
          (dtype === "f16" ? roundings * 2 ** -25 : 0);
        if (addends.length === 1) return exactly(sum);
        return storedRange(widen({ low: sum - error, high: sum + error }, "f64", 0), dtype);
      }),
    ],
  };
}

const lists: Readonly<Record<string, readonly number[]>> = {
  one: [2],
  none: [],
  repeated: [4, 0, 4, 4, 1, 0],
  "−1": [-1, 3, -1],
  outside: [5, -2, 1, 100000, 2 ** 31 - 1, -(2 ** 31), 0],
  "many to one": Array.from({ length: 200 }, (_, i) => (i % 3 === 0 ? 3 : 1)),
  permutation: [3, 1, 4, 0, 2],
};

/** Cases that only one of the two has. */
type SpecialCases = (dtype: DType, types: readonly DType[]) => readonly Case[];

/** NaN, infinities and signed zeros are moved, not computed with. */
const movedBits: SpecialCases = (dtype, types) => {
  if (dtype === "i32") return [];
  const numbers = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 1, 2, 3];
  const problem = gatherProblem({ dtype, indices: [2, 0, 1, 5, 0], rows: 3, cols: 2 });
  const source = operandOf("source", dtype, 3, 2, numbers);
  const expected = Float64Array.of(
    2,
    3,
    Number.NaN,
    numbers[1] ?? 0,
    numbers[2] ?? 0,
    1,
    0,
    0,
    Number.NaN,
    numbers[1] ?? 0,
  );
  return [
    problemCase("gather", types, "NaN and infinity", {
      ...problem,
      inputs: [source, ...problem.inputs.slice(1)],
      answer: () => [{ expected, bound: new Float64Array(10) }],
    }),
  ];
};

/** Numbers whose sum depends on the order: (2ᵖ + 1) − 2ᵖ is 0 after rounding, (−2ᵖ + 1) + 2ᵖ is 1. */
const order: SpecialCases = (dtype, types) => {
  const large = { f64: 2 ** 53, f32: 2 ** 24, f16: 2 ** 11, i32: 2 ** 31 - 1 }[dtype];
  const addends = [large, 1, -large, 5, 0.5 * large, -0.5 * large].map(Math.trunc);
  const indices = [1, 1, 1, 0, 0, 0];
  const total = (list: readonly number[]): number =>
    list.reduce((sum, x) => (dtype === "i32" ? (sum + x) | 0 : stored(dtype, sum + x)), 0);
  const problem = scatterProblem({ dtype, indices, rows: 2, cols: 1 });
  const [result] = problem.results;
  if (result === undefined) return [];
  const bound = new Float64Array(2);
  const inOrder = {
    ...problem,
    inputs: [operandOf("source", dtype, 6, 1, addends), ...problem.inputs.slice(1)],
    results: [{ ...result, initial: new Float64Array(2) }],
    answer: () => [
      { expected: Float64Array.of(total(addends.slice(3)), total(addends.slice(0, 3))), bound },
    ],
  };
  const nan = dtype === "i32" ? [] : [Number.NaN, 1, 1, Number.POSITIVE_INFINITY, 2, 3];
  const special = {
    ...inOrder,
    inputs: [operandOf("source", dtype, 6, 1, nan), ...problem.inputs.slice(1)],
    answer: () => [{ expected: Float64Array.of(Number.POSITIVE_INFINITY, Number.NaN), bound }],
  };
  return [
    problemCase("scatterAdd", types, "in order, each sum rounded", inOrder),
    ...(nan.length === 0
      ? []
      : [problemCase("scatterAdd", types, "NaN and infinity", special, ["non-finite numbers"])]),
  ];
};

function casesOf(
  operation: "gather" | "scatterAdd",
  problemOf: (spec: Spec) => Problem,
  special: SpecialCases,
): readonly Case[] {
  return dtypes.flatMap((dtype) => {
    const types: readonly DType[] = dtype === "i32" ? [dtype] : [dtype, "i32"];
    const add = (name: string, spec: Omit<Spec, "dtype">): Case =>
      problemCase(operation, types, name, problemOf({ dtype, ...spec }));
    const byList = Object.entries(lists).flatMap(([name, indices]) =>
      [0, 1, 3, 8, 33, 130].map((cols) =>
        add(`${name}/${cols} columns`, { indices, rows: 5, cols }),
      ),
    );
    const empty = add("of no rows", { indices: [0, -1, 1], rows: 0, cols: 4 });
    const indices = lists["repeated"] as readonly number[];
    const spec = { indices, rows: 5, cols: 7 };
    const inputLayouts = [...ownLayouts, ...broadcastLayouts];
    return [
      ...byList,
      ...special(dtype, types),
      empty,
      ...inputLayouts.map((layout) => add(`layout/source ${layout}`, { ...spec, layout })),
      ...ownLayouts.map((out) => add(`layout/out ${out}`, { ...spec, out })),
      ...ownLayouts.map((indexLayout) =>
        add(`layout/indices ${indexLayout}`, { ...spec, indexLayout }),
      ),
    ];
  });
}

/** Cases of `gather`. */
export function gatherCases(): readonly Case[] {
  return casesOf("gather", gatherProblem, movedBits);
}

/** Cases of `scatterAdd`. */
export function scatterAddCases(): readonly Case[] {
  return casesOf("scatterAdd", scatterProblem, order);
}
