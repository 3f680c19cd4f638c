import {
  type Func,
  type FunctionBuilder,
  i32,
  type Local,
  type ModuleBuilder,
  memory,
  type Value,
  v128,
} from "../assembler/index.js";
import { arithmetics, type ComputeType, multiplyAddOf } from "./arithmetic.js";
import { repeat } from "./loops.js";
import { upperLanes } from "./vector.js";

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

/**
 * Lines of B, its rows or columns, that are read side by side. Each runs into pages of its own, and
 * the waits at their beginnings pass together: from main memory, eight are read 1.2 times as fast as
 * four, and sixteen no faster.
 */
const groups = [8, 4] as const;
/**
 * A B too large for a second-level cache is read line after line if a line and the vector beside it
 * fit into the first-level cache: that is the order of its memory, where no page begins unforeseen.
 */
const largeBytes = 2 ** 20;
const shortBytes = 2 ** 13;

/** The addresses of the next lines, behind which `b` is moved. */
function nextLines(
  f: FunctionBuilder,
  { b, bStep }: Readonly<Record<"b" | "bStep", Local<"i32">>>,
  count: number,
): Local<"i32">[] {
  return Array.from({ length: count }, () => {
    const line = f.hold(b);
    f.add(b, bStep);
    return line;
  });
}

/** Visits all lines of a B of `count` lines of `length` bytes, some at a time. */
function eachLines(
  f: FunctionBuilder,
  count: Local<"i32">,
  length: Value<"i32">,
  visit: (lines: number) => void,
): void {
  const isShort = i32.leU(length, shortBytes);
  const isLarge = i32.geU(i32.mul(length, count), largeBytes);
  const some = (lines: number): void =>
    repeat(f, i32.geU(count, lines), () => {
      visit(lines);
      f.sub(count, lines);
    });
  f.if(i32.eqz(i32.and(isShort, isLarge)), () => groups.forEach(some));
  some(1);
}

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
    const [target, left] = [f.local("i32"), f.local("i32")];
    f.if(i32.eqz(p.add), () => f.do(memory.fill(p.c, 0, i32.mul(p.n, bytes))));
    /** The next `count` rows of B. */
    const rows = (count: number): void => {
      const factors = Array.from({ length: count }, () => {
        const factor = f.hold(loadSplat(p.a));
        f.add(p.a, p.aStep);
        return factor;
      });
      const sources = nextLines(f, p, count);
      const sums = Array.from({ length: count === 1 ? 4 : 2 }, () => f.local("v128"));
      const step = (some: readonly Local<"v128">[], width: number): void => {
        const isWhole = width > 1;
        const at = (v: number) => ({ offset: 16 * v, align: bytes });
        const load = (from: Local<"i32">, v: number): Value<"v128"> =>
          isWhole ? v128.load(from, at(v)) : loadSplat(from);
        some.forEach((sum, v) => {
          f.set(sum, load(target, v));
        });
        sources.forEach((source, i) => {
          some.forEach((sum, v) => {
            f.set(sum, multiplyAdd(factors[i]!, load(source, v), sum));
          });
          f.add(source, width * bytes);
        });
        some.forEach((sum, v) => {
          if (isWhole) f.do(v128.store(target, sum, at(v)));
          else storeOne(f, type, target, sum);
        });
        f.add(target, width * bytes);
        f.sub(left, width);
      };
      f.set(target, p.c);
      f.set(left, p.n);
      const several = sums.length * lanes;
      repeat(f, i32.geU(left, several), () => step(sums, several));
      repeat(f, i32.geU(left, lanes), () => step(sums.slice(0, 1), lanes));
      repeat(f, left, () => step(sums.slice(0, 1), 1));
    };
    eachLines(f, p.k, i32.mul(p.n, bytes), rows);
  });
}

/**
 * `c[j] (+)= Σₖ a[k] · B[k, j]` for a B whose columns have adjacent elements: dot products of a
 * vector with some columns at a time, each in two vectors of partial sums.
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
    const [i, left] = [f.local("i32"), f.local("v128")];
    const at = f.local("i32");
    const [paired, whole] = [f.local("i32"), f.local("i32")];
    f.set(paired, i32.and(p.k, -2 * lanes));
    f.set(whole, i32.and(p.k, -lanes));
    /** The dot products of the next `count` columns. */
    const columns = (count: number): void => {
      const sources = nextLines(f, p, count);
      const sums = Array.from({ length: count }, () => [f.local("v128"), f.local("v128")]) as [
        Local<"v128">,
        Local<"v128">,
      ][];
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
        f.add(at, width);
        for (const source of sources) f.add(source, width);
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
          f.add(source, bytes);
        });
        f.add(at, bytes);
      });
      for (const [sum] of sums) {
        f.if(p.add, () => f.set(sum, add(loadSplat(p.c), sum)));
        storeOne(f, type, p.c, sum);
        f.add(p.c, bytes);
      }
    };
    eachLines(f, p.n, i32.mul(p.k, bytes), columns);
  });
}

/** Adds up the lanes of a vector: the sum stands in the first, and in others what may be there. */
function addLanes(f: FunctionBuilder, type: ComputeType, vector: Local<"v128">): void {
  const { add, bytes } = arithmetics[type];
  for (let distance = 8; distance >= bytes; distance /= 2) {
    f.set(vector, add(vector, upperLanes(vector, distance)));
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
