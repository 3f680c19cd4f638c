import { argmax, BlockMatrix, bytesPerElement, max, sum } from "@blk/core";
import { checkElements, margin, roundoff } from "../check.js";
import type { Shape } from "../peers/index.js";
import { Random } from "../random.js";
import { type BenchCase, type FloatType, prepared } from "./bench-case.js";

type Per = "row" | "column" | "matrix";
const operations = { sum, max, argmax } as const;
type Name = keyof typeof operations;

/** Sums along each direction, the largest element and its place. */
export function reductionCases(): BenchCase[] {
  const kinds: readonly (readonly [Name, Per])[] = [
    ["sum", "row"],
    ["sum", "column"],
    ["sum", "matrix"],
    ["max", "row"],
    ["argmax", "row"],
  ];
  const square = { rows: 1024, cols: 1024 };
  const tall = { rows: 4096, cols: 1024 };
  return [
    ...kinds.flatMap(([name, per]) =>
      (["f32", "f64"] as const).map((dtype) => {
        const id = `reduction/${dtype}/${name}-per-${per}/1024`;
        return reductionCase({ id, name, per, dtype, shape: square, when: "always" });
      }),
    ),
    ...(["row", "column", "matrix"] as const).map((per) => {
      const id = `reduction/f32/sum-per-${per}/4096x1024`;
      return reductionCase({ id, name: "sum", per, dtype: "f32", shape: tall, when: "asked" });
    }),
  ];
}

interface ReductionOptions extends Pick<BenchCase, "id" | "when"> {
  readonly name: Name;
  readonly per: Per;
  readonly dtype: FloatType;
  readonly shape: Shape;
}

function reductionCase({ id, name, per, dtype, shape, when }: ReductionOptions): BenchCase {
  const { rows, cols } = shape;
  const count = rows * cols;
  const length = { row: rows, column: cols, matrix: 1 }[per];
  return {
    id,
    group: "reduction",
    label: `${name} per ${per}, ${rows}×${cols}`,
    dtype,
    flops: count,
    bytes: (count + length) * bytesPerElement(dtype),
    unit: "GB/s",
    when,
    peers: name === "sum",
    create() {
      const x = new Random(id).values(dtype, count);
      return {
        prepare(backend) {
          const matrix = BlockMatrix.fromArray(backend, x, { ...shape, dtype });
          return prepared([matrix], () => operations[name](matrix, { per }));
        },
        peer: (session) =>
          name === "sum" ? session.sum(shape, per === "matrix" ? "all" : per, x) : undefined,
        check(result) {
          const { expected, squares } = onHost(name, per, x, shape);
          const terms = count / length;
          // As for products: the numbers are random, and so are the roundings of their sum.
          const gamma = name === "sum" ? margin * roundoff[dtype] * Math.sqrt(terms) : 0;
          return checkElements(
            result,
            length,
            (i) => expected[i] as number,
            (i) => gamma * Math.sqrt(squares[i] as number),
          );
        },
      };
    },
  };
}

function onHost(
  name: Name,
  per: Per,
  x: Float32Array | Float64Array,
  { rows, cols }: Shape,
): { readonly expected: Float64Array; readonly squares: Float64Array } {
  const length = { row: rows, column: cols, matrix: 1 }[per];
  const expected = new Float64Array(length);
  const squares = new Float64Array(length);
  const largest = new Float64Array(length).fill(Number.NEGATIVE_INFINITY);
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < cols; j++) {
      const value = x[i * cols + j] as number;
      const at = per === "matrix" ? 0 : per === "row" ? i : j;
      if (name === "sum") expected[at] = (expected[at] as number) + value;
      else if (value > (largest[at] as number)) {
        largest[at] = value;
        expected[at] = name === "max" ? value : j;
      }
      squares[at] = (squares[at] as number) + value * value;
    }
  }
  return { expected, squares };
}
