import {
  add,
  BlockMatrix,
  bytesPerElement,
  type ElementFunction,
  type Expr,
  expr,
  gelu,
  map,
} from "@blk/core";
import { checkElements, roundoff } from "../check.js";
import { Random } from "../random.js";
import { type BenchCase, type FloatType, prepared, type When } from "./bench-case.js";

interface Operation {
  readonly name: string;
  readonly label: string;
  readonly operands: number;
  readonly flops: number;
  readonly fn: (...x: Expr[]) => Expr;
}

const operations: readonly Operation[] = [
  { name: "add", label: "a + b", operands: 2, flops: 1, fn: (a, b) => expr.add(a!, b!) },
  {
    name: "multiply-add",
    label: "a·b + c",
    operands: 3,
    flops: 2,
    fn: (a, b, c) => expr.add(expr.mul(a!, b!), c!),
  },
  { name: "exp", label: "eˣ", operands: 1, flops: 1, fn: (x) => expr.exp(x!) },
  { name: "gelu", label: "gelu(x)", operands: 1, flops: 8, fn: (x) => gelu(x!) },
];

/** Functions of one to three matrices, one pass over memory each. */
export function elementwiseCases(): BenchCase[] {
  const cases: BenchCase[] = [];
  for (const size of [16, 1024]) {
    for (const operation of operations) {
      if (size === 16 && operation.name !== "add") continue;
      for (const dtype of ["f32", "f64"] as const) cases.push(mapCase(operation, dtype, size));
    }
  }
  const large = operations.filter(({ operands }) => operands === 3);
  return [...cases, ...large.map((operation) => mapCase(operation, "f32", 2048, "asked"))];
}

function mapCase(
  operation: Operation,
  dtype: FloatType,
  size: number,
  when: When = "always",
): BenchCase {
  const { name, label, operands, flops, fn } = operation;
  const id = `elementwise/${dtype}/${name}/${size}`;
  const length = size * size;
  return {
    id,
    group: "elementwise",
    label: `${label}, ${size}×${size}`,
    dtype,
    flops: flops * length,
    bytes: (operands + 1) * length * bytesPerElement(dtype),
    unit: "GB/s",
    when,
    peers: size >= 1024 && operands > 1,
    create() {
      const random = new Random(id);
      const values = Array.from({ length: operands }, () => random.values(dtype, length));
      const [x, y, z] = values as [Floats, Floats, Floats];
      const shape = { rows: size, cols: size };
      const tree = fn(...values.map((_, i) => expr.input(i)));
      return {
        prepare(backend) {
          const inputs = values.map((data) =>
            BlockMatrix.fromArray(backend, data, { ...shape, dtype }),
          );
          const [a, b] = inputs as [BlockMatrix, BlockMatrix];
          const elementwise: ElementFunction = fn;
          const compute = name === "add" ? () => add(a, b) : () => map(inputs, elementwise);
          return prepared(inputs, compute);
        },
        peer(session) {
          if (name === "add") return session.add(shape, x, y);
          return name === "multiply-add" ? session.multiplyAdd(shape, x, y, z) : undefined;
        },
        check(result) {
          if (result.length !== length) {
            return `the result has ${result.length} elements instead of ${length}`;
          }
          const expected = (i: number): number =>
            expr.evaluate(
              tree,
              values.map((data) => data[i] as number),
            );
          // One element in 64 is evaluated on the host: the tree walk is slow, the kernel is one loop.
          const sampled = result.filter((_, i) => i % 64 === 0);
          const tolerance = 16 * roundoff[dtype];
          return checkElements(
            sampled,
            Math.ceil(length / 64),
            (i) => expected(64 * i),
            (i) => tolerance * Math.max(1, Math.abs(expected(64 * i))),
          );
        },
      };
    },
  };
}

type Floats = Float32Array | Float64Array;
