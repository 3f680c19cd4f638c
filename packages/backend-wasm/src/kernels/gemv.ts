import {
  type Func,
  type FunctionBuilder,
  i8x16,
  i32,
  type Local,
  type ModuleBuilder,
  memory,
  v128,
} from "../assembler/index.js";
import { arithmetics, type ComputeType } from "./arithmetic.js";

/** Parameters of both functions: addresses and strides in bytes. */
export const gemvParams = {
  k: "i32",
  n: "i32",
  a: "i32",
  aStep: "i32",
  b: "i32",
  bStep: "i32",
  c: "i32",
  add: "i32",
} as const;

type Gemv = Func<typeof gemvParams, []>;

/** Rows of B that are read side by side: as many streams as the prefetchers of a core follow. */
const streams = 4;

/**
 * `c[0..n] (+)= Σₖ a[k] · B[k, 0..n]` for a B whose rows have adjacent elements: a row vector times
 * a matrix, read once, in the order of its memory.
 *
 * | operand | shape | element at |
 * |---|---|---|
 * | a | k | a + i·aStep |
 * | b | k×n | b + i·bStep + j·size |
 * | c | n | c + j·size; added to where `add` is not 0, else overwritten |
 *
 * Each sum adds its products in ascending k to what is in c. k = 0 gives zeros, or leaves c.
 */
export function defineRowTimesRows(m: ModuleBuilder, type: ComputeType, fused: boolean): Gemv {
  const { bytes, lanes, loadSplat } = arithmetics[type];
  const multiplyAdd = multiplyAddOf(type, fused);
  return m.func(`gemv_rows_${type}`, { params: gemvParams }, (f, p) => {
    const [whole, j, row] = [f.local("i32"), f.local("i32"), f.local("i32")];
    f.set(whole, i32.and(p.n, -lanes));
    f.if(i32.eqz(p.add), () => f.do(memory.fill(p.c, 0, i32.mul(p.n, bytes))));
    /** The next `count` rows of B. */
    const rows = (count: number): void => {
      const factors = Array.from({ length: count }, () => {
        const factor = f.local("v128");
        f.set(factor, loadSplat(p.a));
        f.set(p.a, i32.add(p.a, p.aStep));
        return factor;
      });
      const sources = Array.from({ length: count }, () => {
        const source = f.local("i32");
        f.set(source, p.b);
        f.set(p.b, i32.add(p.b, p.bStep));
        return source;
      });
      const target = f.local("i32");
      const sum = f.local("v128");
      f.set(target, p.c);
      f.for(j, 0, whole, lanes, () => {
        f.set(sum, v128.load(target, { align: bytes }));
        sources.forEach((source, i) => {
          const values = v128.load(source, { align: bytes });
          f.set(sum, multiplyAdd(factors[i] as Local<"v128">, values, sum));
          f.set(source, i32.add(source, 16));
        });
        f.do(v128.store(target, sum, { align: bytes }));
        f.set(target, i32.add(target, 16));
      });
      f.for(j, whole, p.n, 1, () => {
        f.set(sum, loadSplat(target));
        sources.forEach((source, i) => {
          f.set(sum, multiplyAdd(factors[i] as Local<"v128">, loadSplat(source), sum));
          f.set(source, i32.add(source, bytes));
        });
        storeOne(f, type, target, sum);
        f.set(target, i32.add(target, bytes));
      });
    };
    const wholeRows = f.local("i32");
    f.set(wholeRows, i32.and(p.k, -streams));
    f.for(row, 0, wholeRows, streams, () => rows(streams));
    f.for(row, wholeRows, p.k, 1, () => rows(1));
  });
}

/**
 * `c[j] (+)= Σₖ a[k] · B[k, j]` for a B whose columns have adjacent elements: dot products of a
 * vector with four columns at a time, each in two vectors of partial sums.
 *
 * | operand | shape | element at |
 * |---|---|---|
 * | a | k | a + i·size |
 * | b | k×n | b + i·size + j·bStep |
 * | c | n | c + j·size; added to where `add` is not 0, else overwritten |
 */
export function defineRowTimesColumns(m: ModuleBuilder, type: ComputeType, fused: boolean): Gemv {
  const { bytes, lanes, loadSplat, add } = arithmetics[type];
  const multiplyAdd = multiplyAddOf(type, fused);
  const zero = (f: FunctionBuilder, local: Local<"v128">): void =>
    f.set(local, v128.const(new Uint8Array(16)));
  return m.func(`gemv_columns_${type}`, { params: gemvParams }, (f, p) => {
    const [i, j, left] = [f.local("i32"), f.local("i32"), f.local("v128")];
    const at = f.local("i32");
    const [paired, whole] = [f.local("i32"), f.local("i32")];
    f.set(paired, i32.and(p.k, -2 * lanes));
    f.set(whole, i32.and(p.k, -lanes));
    /** The dot products of the next `count` columns. */
    const columns = (count: number): void => {
      const sources = Array.from({ length: count }, () => f.local("i32"));
      const sums = Array.from({ length: count }, () => [f.local("v128"), f.local("v128")]) as [
        Local<"v128">,
        Local<"v128">,
      ][];
      sources.forEach((source) => {
        f.set(source, p.b);
        f.set(p.b, i32.add(p.b, p.bStep));
      });
      for (const sum of sums.flat()) zero(f, sum);
      f.set(at, p.a);
      const step = (half: 0 | 1, width: number): void => {
        f.set(left, v128.load(at, { offset: 16 * half, align: bytes }));
        sources.forEach((source, c) => {
          const sum = (sums[c] as [Local<"v128">, Local<"v128">])[half];
          const values = v128.load(source, { offset: 16 * half, align: bytes });
          f.set(sum, multiplyAdd(left, values, sum));
        });
        if (width === 0) return;
        f.set(at, i32.add(at, width));
        for (const source of sources) f.set(source, i32.add(source, width));
      };
      f.for(i, 0, paired, 2 * lanes, () => {
        step(0, 0);
        step(1, 32);
      });
      f.for(i, paired, whole, lanes, () => step(0, 16));
      for (const [even, odd] of sums) {
        f.set(even, add(even, odd));
        addLanes(f, type, even);
      }
      // The rest one by one, on all lanes alike, of which the first counts.
      f.for(i, whole, p.k, 1, () => {
        f.set(left, loadSplat(at));
        sources.forEach((source, c) => {
          const [sum] = sums[c] as [Local<"v128">, Local<"v128">];
          f.set(sum, multiplyAdd(left, loadSplat(source), sum));
          f.set(source, i32.add(source, bytes));
        });
        f.set(at, i32.add(at, bytes));
      });
      for (const [sum] of sums) {
        f.if(p.add, () => f.set(sum, add(loadSplat(p.c), sum)));
        storeOne(f, type, p.c, sum);
        f.set(p.c, i32.add(p.c, bytes));
      }
    };
    const wholeColumns = f.local("i32");
    f.set(wholeColumns, i32.and(p.n, -streams));
    f.for(j, 0, wholeColumns, streams, () => columns(streams));
    f.for(j, wholeColumns, p.n, 1, () => columns(1));
  });
}

function multiplyAddOf(
  type: ComputeType,
  fused: boolean,
): (typeof arithmetics)["f32"]["fusedMultiplyAdd"] {
  const { add, mul, fusedMultiplyAdd } = arithmetics[type];
  return fused ? fusedMultiplyAdd : (x, y, z) => add(z, mul(x, y));
}

/** Adds up the lanes of a vector: the sum stands in the first, and in others what may be there. */
function addLanes(f: FunctionBuilder, type: ComputeType, vector: Local<"v128">): void {
  const { add, bytes } = arithmetics[type];
  for (let distance = 8; distance >= bytes; distance /= 2) {
    const shifted = Array.from({ length: 16 }, (_, i) => (i + distance) % 16);
    f.set(vector, add(vector, i8x16.shuffle(vector, vector, shifted)));
  }
}

/** Stores the first lane. */
function storeOne(
  f: FunctionBuilder,
  type: ComputeType,
  at: Local<"i32">,
  vector: Local<"v128">,
): void {
  const store = arithmetics[type].bytes === 4 ? v128.store32Lane : v128.store64Lane;
  f.do(store(at, vector, 0));
}
