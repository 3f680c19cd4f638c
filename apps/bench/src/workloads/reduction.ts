import { argmax, BlockMatrix, bytesPerElement, max, sum } from "@blk/core";
import { checkElements, margin, roundoff } from "../check.js";
import { Random } from "../random.js";
import { type BenchCase, type FloatType, prepared } from "./bench-case.js";

const size = 1024;
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
  return kinds.flatMap(([name, per]) =>
    (["f32", "f64"] as const).map((dtype) => reductionCase(name, per, dtype)),
  );
}

function reductionCase(name: Name, per: Per, dtype: FloatType): BenchCase {
  const id = `reduction/${dtype}/${name}-per-${per}/${size}`;
  const length = per === "matrix" ? 1 : size;
  return {
    id,
    group: "reduction",
    label: `${name} per ${per}, ${size}×${size}`,
    dtype,
    flops: size * size,
    bytes: (size * size + length) * bytesPerElement(dtype),
    unit: "GB/s",
    quick: true,
    peers: name === "sum",
    create() {
      const x = new Random(id).values(dtype, size * size);
      return {
        prepare(backend) {
          const matrix = BlockMatrix.fromArray(backend, x, { rows: size, cols: size, dtype });
          return prepared([matrix], () => operations[name](matrix, { per }));
        },
        peer: (session) =>
          name === "sum"
            ? session.sum({ rows: size, cols: size }, per === "matrix" ? "all" : per, x)
            : undefined,
        check(result) {
          const { expected, squares } = onHost(name, per, x);
          const terms = (size * size) / length;
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
): { readonly expected: Float64Array; readonly squares: Float64Array } {
  const length = per === "matrix" ? 1 : size;
  const expected = new Float64Array(length);
  const squares = new Float64Array(length);
  const largest = new Float64Array(length).fill(Number.NEGATIVE_INFINITY);
  for (let i = 0; i < size; i++) {
    for (let j = 0; j < size; j++) {
      const value = x[i * size + j] as number;
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
