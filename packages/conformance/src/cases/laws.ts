import {
  add,
  assemble,
  BlockMatrix,
  computeDType,
  type DType,
  dtypes,
  matmul,
  mul,
  repartition,
  scale,
  sum,
  toBlockSparse,
  transpose,
  unitRoundoff,
  window,
} from "@blk/core";
import fc from "fast-check";
import { behaviourCase, type Case, type CaseContext } from "../case.js";
import { gamma } from "../dot.js";
import { randomElements } from "../elements.js";
import { HostMatrix } from "../host-matrix.js";
import { forAll, type PropertyOptions } from "../property.js";
import { cuts, elementSeed, positiveSize } from "./examples.js";

/**
 * Algebraic laws, each within the bound that rounding leaves of it. Both sides are computed by the
 * backend, so a law also holds a backend to itself where an oracle could share its mistake.
 */
export function lawCases(options: PropertyOptions): readonly Case[] {
  return dtypes.flatMap((dtype) =>
    Object.entries(laws).map(([name, law]) =>
      behaviourCase("laws", [dtype], name, (context) =>
        forAll(example, options, context, (e, inner) => checkLaw(law, e, dtype, inner)),
      ),
    ),
  );
}

const example = fc.record({
  m: positiveSize,
  k: positiveSize,
  l: positiveSize,
  n: positiveSize,
  cut: cuts,
  seed: elementSeed,
});
type Example = typeof example extends fc.Arbitrary<infer T> ? T : never;

/** Matrices of an example: a m×k, b k×l, c l×n, d k×l. */
interface Operands {
  readonly a: BlockMatrix;
  readonly b: BlockMatrix;
  readonly c: BlockMatrix;
  readonly d: BlockMatrix;
}
type Hosts = Readonly<Record<keyof Operands, HostMatrix>>;

interface Law {
  /** Both sides, to be disposed by the caller. */
  sides(operands: Operands, example: Example): Promise<readonly [BlockMatrix, BlockMatrix]>;
  /** Σ of magnitudes that both sides round, and how many roundings each of them passes. */
  bound(magnitudes: Hosts, example: Example): readonly [HostMatrix, roundings: number];
}

/** Disposes what was made on the way. */
function using<T>(temporaries: readonly BlockMatrix[], result: T): T {
  for (const temporary of temporaries) temporary.dispose();
  return result;
}

const laws: Readonly<Record<string, Law>> = {
  "(A·B)·C = A·(B·C)": {
    async sides({ a, b, c }) {
      const [ab, bc] = [matmul(a, b), matmul(b, c)];
      return using([ab, bc], [matmul(ab, c), matmul(a, bc)] as const);
    },
    bound: ({ a, b, c }, { k, l }) => [a.times(b).times(c), k + l],
  },
  "(A·B)ᵀ = Bᵀ·Aᵀ": {
    async sides({ a, b }) {
      const ab = matmul(a, b);
      return using([ab], [scale(transpose(ab), 1), matmul(transpose(b), transpose(a))] as const);
    },
    bound: ({ a, b }, { k }) => [a.times(b).transposed(), k + 1],
  },
  "A·(B + D) = A·B + A·D": {
    async sides({ a, b, d }) {
      const [s, ab, ad] = [add(b, d), matmul(a, b), matmul(a, d)];
      return using([s, ab, ad], [matmul(a, s), add(ab, ad)] as const);
    },
    bound: ({ a, b, d }, { k }) => [a.times(b.map((x, i, j) => x + d.at(i, j))), k + 1],
  },
  "(3·A)·B = 3·(A·B)": {
    async sides({ a, b }) {
      const [a3, ab] = [scale(a, 3), matmul(a, b)];
      return using([a3, ab], [matmul(a3, b), scale(ab, 3)] as const);
    },
    bound: ({ a, b }, { k }) => [a.times(b).map((x) => 3 * x), k + 1],
  },
  "A·I = A": {
    async sides({ a }, { k }) {
      const identity = BlockMatrix.identity(a.backend, k, { dtype: a.dtype });
      return using([identity], [matmul(a, identity), scale(a, 1)] as const);
    },
    bound: ({ a }) => [a.map(() => 0), 0],
  },
  "any cuts and stored zeros give the same product": {
    async sides({ a, b }, { k, cut }) {
      const inner = cutsOf(cut, k);
      const sparse = await toBlockSparse(a, { blockRows: 2, blockCols: inner });
      const cutB = repartition(b, { blockRows: inner, blockCols: 3 });
      return using([sparse], [matmul(a, b), matmul(sparse, cutB)] as const);
    },
    bound: ({ a, b }, { k }) => [a.times(b), k],
  },
  "the sum over blocks of k is the whole": {
    async sides({ a, b }, { m, k, l }) {
      const half = k >> 1;
      const [a1, a2] = [window(a, 0, 0, m, half), window(a, 0, half, m, k - half)];
      const [b1, b2] = [window(b, 0, 0, half, l), window(b, half, 0, k - half, l)];
      const out = matmul(a1, b1);
      return [matmul(a, b), matmul(a2, b2, { out, beta: 1 })];
    },
    bound: ({ a, b }, { k }) => [a.times(b), k + 1],
  },
  "the blocks of a product are the products of its blocks": {
    async sides({ a, b }, { m, k, l }) {
      const [rows, cols] = [m >> 1, l >> 1];
      const parts = [
        [0, rows],
        [rows, m - rows],
      ].map(([top = 0, height = 0]) =>
        [
          [0, cols],
          [cols, l - cols],
        ].map(([left = 0, width = 0]) =>
          matmul(window(a, top, 0, height, k), window(b, 0, left, k, width)),
        ),
      );
      return using(parts.flat(), [matmul(a, b), assemble(parts)] as const);
    },
    bound: ({ a, b }, { k }) => [a.times(b), k],
  },
  "sum(A) = 1ᵀ·A·1": {
    async sides({ a }, { m, k }) {
      const ones = (rows: number, cols: number): BlockMatrix =>
        BlockMatrix.full(a.backend, 1, { rows, cols, dtype: a.dtype });
      const [left, right] = [ones(1, m), ones(k, 1)];
      const half = matmul(left, a);
      return using([left, right, half], [sum(a), matmul(half, right)] as const);
    },
    bound: ({ a }, { m, k }) => [
      HostMatrix.from(1, 1, () => a.elements.reduce((s, x) => s + x, 0)),
      m + k,
    ],
  },
  "B∘D = D∘B and B + D = D + B": {
    async sides({ b, d }) {
      const parts = [mul(b, d), add(b, d), mul(d, b), add(d, b)] as const;
      return using(parts, [
        assemble([[parts[0], parts[1]]]),
        assemble([[parts[2], parts[3]]]),
      ] as const);
    },
    bound: ({ b }) => [HostMatrix.from(b.rows, 2 * b.cols, () => 0), 0],
  },
};

/** Cuts of `size`: the example's as far as they go, then one block. */
function cutsOf(cut: readonly number[], size: number): readonly number[] {
  const lengths: number[] = [];
  let left = size;
  for (const length of cut) {
    lengths.push(Math.min(length, left));
    left -= Math.min(length, left);
  }
  return [...lengths, left];
}

async function checkLaw(
  law: Law,
  e: Example,
  dtype: DType,
  { backend, check }: CaseContext,
): Promise<void> {
  const { m, k, l, n, seed } = e;
  const shapes = { a: [m, k], b: [k, l], c: [l, n], d: [k, l] } as const;
  // Integers wrap around, where all laws hold exactly.
  const hosts = {} as Record<keyof Operands, HostMatrix>;
  const operands = {} as Record<keyof Operands, BlockMatrix>;
  for (const [i, name] of (["a", "b", "c", "d"] as const).entries()) {
    const [rows, cols] = shapes[name];
    const elements = randomElements(dtype, rows * cols, seed + i);
    hosts[name] = new HostMatrix(rows, cols, elements.map(Math.abs));
    operands[name] = BlockMatrix.fromArray(backend, elements, { rows, cols, dtype });
  }
  try {
    const [left, right] = await law.sides(operands, e);
    const [x, y] = [await left.toArray(), await right.toArray()];
    left.dispose();
    right.dispose();
    const [magnitudes, roundings] = law.bound(hosts, e);
    const isInteger = computeDType(dtype) === "i32";
    const u = unitRoundoff(dtype);
    // f16 is stored between the steps: its roundoff bounds each of them.
    const relative = isInteger ? 0 : 2 * gamma(roundings + 1, u) + 2 ** -50;
    const smallest = isInteger
      ? 0
      : { f64: 2 ** -1022, f32: 2 ** -120, f16: 2 ** -20, i32: 0 }[dtype];
    const wrong = x.findIndex(
      (value, at) =>
        !(
          Math.abs(value - (y[at] as number)) <=
          (roundings === 0 ? 0 : relative * (magnitudes.elements[at] as number) + smallest)
        ),
    );
    check(wrong < 0 && x.length === y.length, () => {
      return `element ${wrong}: one side is ${x[wrong]}, the other ${y[wrong]}`;
    });
  } finally {
    for (const matrix of Object.values(operands)) matrix.dispose();
  }
}
