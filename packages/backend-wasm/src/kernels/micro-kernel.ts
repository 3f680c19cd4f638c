import {
  type Func,
  i32,
  type Label,
  type Local,
  type ModuleBuilder,
  v128,
} from "../assembler/index.js";
import { arithmetics, type ComputeType, multiplyAddOf } from "./arithmetic.js";

/** What a micro-kernel is generated for. */
export interface MicroKernelShape {
  readonly type: ComputeType;
  /** Rows of the tile of sums. */
  readonly mr: number;
  /** Vectors in a row of it. */
  readonly vectors: number;
  /** Steps of k in one round of the loop. */
  readonly unroll: number;
  /** Parts that the rows of a step are computed in, none of which loads before the one before is done. */
  readonly parts: number;
  /** Whether multiply-adds round once, by relaxed SIMD. */
  readonly fused: boolean;
}

/** `gemm_f32_4x8_u8_p2`, fused `gemm_f32_4x8_u8_fma`: what a profile shows. */
export function microKernelName({
  type,
  mr,
  vectors,
  unroll,
  parts,
  fused,
}: MicroKernelShape): string {
  const nr = vectors * arithmetics[type].lanes;
  return `gemm_${type}_${mr}x${nr}_u${unroll}${parts > 1 ? `_p${parts}` : ""}${fused ? "_fma" : ""}`;
}

/** Parameters of a micro-kernel: addresses and strides in bytes. */
export const microKernelParams = {
  k: "i32",
  a: "i32",
  aRow: "i32",
  b: "i32",
  c: "i32",
  cRow: "i32",
  add: "i32",
} as const;

/**
 * The micro-kernel: `C[0..mr, 0..nr] (+)= Σₖ A[0..mr, k] · B[k, 0..nr]` for k > 0, the sums in
 * registers.
 *
 * | operand | shape | element (i, j) at |
 * |---|---|---|
 * | a | mr×k | a + i·aRow + j·size: rows of adjacent elements, packed or where they lie |
 * | b | k×nr | b + i·bStep + j·size: a packed panel, or its first columns |
 * | c | mr×nr | c + i·cRow + j·size; added to where `add` is not 0, else overwritten |
 *
 * Each sum starts with what is in c, or with 0, and adds one product after the other in ascending
 * k, so that variants of the same `fused` give the same bits, wherever k is cut.
 *
 * Between the unrolled steps the loop may be left. That serves any k without a second loop, and it
 * keeps engines that load early, such as V8, from loading for all steps at once, for which there
 * are not enough registers: unrolled without exits the kernel is half as fast.
 *
 * A branch that is never taken lies between the parts of a step. It keeps engines from moving all
 * loads to the step's beginning, where, it seems, they take the processor's width from the
 * multipliers and adders: on Zen 3 with V8 11 a tile of 4×8 with separate multiply-adds goes from 40
 * to 44 GFLOP/s, of 51.8.
 *
 * Source: the BLIS micro-kernel (Van Zee & van de Geijn, ACM TOMS 41(3), 2015).
 */
export function defineMicroKernel(
  m: ModuleBuilder,
  shape: MicroKernelShape,
  bStep: number,
): Func<typeof microKernelParams, []> {
  const { type, mr, vectors, unroll, parts, fused } = shape;
  const { bytes, loadSplat } = arithmetics[type];
  const multiplyAdd = multiplyAddOf(type, fused);
  return m.func(microKernelName(shape), { params: microKernelParams }, (f, p) => {
    const rows = Array.from({ length: mr }, (_, i) => (i === 0 ? p.a : f.local("i32")));
    const sums = Array.from({ length: mr }, () =>
      Array.from({ length: vectors }, () => f.local("v128")),
    );
    const columns = Array.from({ length: vectors }, () => f.local("v128"));
    const left = f.local("v128");
    const at = (j: number): { offset: number; align: number } => ({ offset: 16 * j, align: bytes });
    for (let i = 1; i < mr; i++) {
      f.set(rows[i] as Local<"i32">, i32.add(rows[i - 1] as Local<"i32">, p.aRow));
    }
    /** The rows that begin a part; more parts than rows are as many as rows. */
    const cuts = Array.from({ length: parts }, (_, i) => Math.floor((i * mr) / parts));
    const step = (u: number, done: Label): void => {
      const offset = bStep * u;
      columns.forEach((column, j) => {
        f.set(column, v128.load(p.b, { offset: offset + 16 * j, align: bytes }));
      });
      rows.forEach((row, i) => {
        // Each of another number, or engines would see that it was asked before.
        if (i > 0 && cuts.includes(i)) f.brIf(done, i32.eq(p.k, -1 - i - mr * u));
        f.set(left, loadSplat(row, bytes * u));
        columns.forEach((column, j) => {
          const sum = sums[i]?.[j] as Local<"v128">;
          f.set(sum, multiplyAdd(left, column, sum));
        });
      });
    };
    // Locals begin as zeros.
    f.if(p.add, () => {
      const row = f.local("i32");
      f.set(row, p.c);
      sums.forEach((line, i) => {
        line.forEach((sum, j) => {
          f.set(sum, v128.load(row, at(j)));
        });
        if (i < mr - 1) f.add(row, p.cRow);
      });
    });
    f.block((done) => {
      f.loop((again) => {
        for (let u = 0; u < unroll; u++) {
          if (u > 0) f.brIf(done, i32.eq(p.k, u));
          step(u, done);
        }
        f.add(p.b, bStep * unroll);
        for (const row of rows) f.add(row, bytes * unroll);
        f.sub(p.k, unroll);
        f.brIf(again, p.k);
      });
    });
    sums.forEach((row, i) => {
      row.forEach((sum, j) => {
        f.do(v128.store(p.c, sum, at(j)));
      });
      if (i < mr - 1) f.add(p.c, p.cRow);
    });
  });
}
