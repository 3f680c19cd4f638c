/**
 * The primitives of expressions on i32, one tight loop each, wrapping modulo 2³²:
 * `out[i] ← op(x[i], y[i], z[i])` for i < n. `out` may be one of the arguments.
 */
import { BlkError } from "@blk/core";
import type { Loops } from "./program.js";

type A = Int32Array;

/** The primitives that are defined on i32. */
export const integerLoops: Loops<Int32Array> = {
  create: (length: number): Int32Array => new Int32Array(length),
  constant(value: number): number {
    if (Number.isInteger(value)) return value | 0;
    throw new BlkError(
      "DTYPE",
      `the constant ${value} is no i32; round it, or compute in f32 or f64`,
      { details: { value } },
    );
  },
  unary: {
    neg(out: A, n: number, x: A): void {
      for (let i = 0; i < n; i++) out[i] = (0 - x[i]!) | 0;
    },
    abs(out: A, n: number, x: A): void {
      for (let i = 0; i < n; i++) out[i] = x[i]! < 0 ? (0 - x[i]!) | 0 : x[i]!;
    },
    floor(out: A, n: number, x: A): void {
      for (let i = 0; i < n; i++) out[i] = x[i]!;
    },
  },
  binary: {
    add(out: A, n: number, x: A, y: A): void {
      for (let i = 0; i < n; i++) out[i] = (x[i]! + y[i]!) | 0;
    },
    sub(out: A, n: number, x: A, y: A): void {
      for (let i = 0; i < n; i++) out[i] = (x[i]! - y[i]!) | 0;
    },
    mul(out: A, n: number, x: A, y: A): void {
      for (let i = 0; i < n; i++) out[i] = Math.imul(x[i]!, y[i]!);
    },
    max(out: A, n: number, x: A, y: A): void {
      for (let i = 0; i < n; i++) out[i] = x[i]! > y[i]! ? x[i]! : y[i]!;
    },
    min(out: A, n: number, x: A, y: A): void {
      for (let i = 0; i < n; i++) out[i] = x[i]! < y[i]! ? x[i]! : y[i]!;
    },
    less(out: A, n: number, x: A, y: A): void {
      for (let i = 0; i < n; i++) out[i] = x[i]! < y[i]! ? 1 : 0;
    },
    equal(out: A, n: number, x: A, y: A): void {
      for (let i = 0; i < n; i++) out[i] = x[i]! === y[i]! ? 1 : 0;
    },
  },
  select(out: A, n: number, x: A, y: A, z: A): void {
    for (let i = 0; i < n; i++) out[i] = x[i]! !== 0 ? y[i]! : z[i]!;
  },
};
