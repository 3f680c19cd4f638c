/**
 * The primitives of expressions on doubles, one tight loop each: `out[i] ← op(x[i], y[i], z[i])`
 * for i < n. `out` may be one of the arguments.
 */
import { expr } from "@blk/core";
import type { Loops } from "./program.js";

type A = Float64Array;

/** All primitives, with the meanings of `expr.evaluate`. */
export const floatLoops: Loops<Float64Array> = {
  create: (length: number): Float64Array => new Float64Array(length),
  constant: (value: number): number => value,
  unary: {
    neg(out: A, n: number, x: A): void {
      for (let i = 0; i < n; i++) out[i] = -x[i]!;
    },
    abs(out: A, n: number, x: A): void {
      for (let i = 0; i < n; i++) out[i] = Math.abs(x[i]!);
    },
    exp(out: A, n: number, x: A): void {
      for (let i = 0; i < n; i++) out[i] = Math.exp(x[i]!);
    },
    log(out: A, n: number, x: A): void {
      for (let i = 0; i < n; i++) out[i] = Math.log(x[i]!);
    },
    sqrt(out: A, n: number, x: A): void {
      for (let i = 0; i < n; i++) out[i] = Math.sqrt(x[i]!);
    },
    tanh(out: A, n: number, x: A): void {
      for (let i = 0; i < n; i++) out[i] = Math.tanh(x[i]!);
    },
    erf(out: A, n: number, x: A): void {
      for (let i = 0; i < n; i++) out[i] = expr.applyUnary("erf", x[i]!);
    },
    floor(out: A, n: number, x: A): void {
      for (let i = 0; i < n; i++) out[i] = Math.floor(x[i]!);
    },
  },
  binary: {
    add(out: A, n: number, x: A, y: A): void {
      for (let i = 0; i < n; i++) out[i] = x[i]! + y[i]!;
    },
    sub(out: A, n: number, x: A, y: A): void {
      for (let i = 0; i < n; i++) out[i] = x[i]! - y[i]!;
    },
    mul(out: A, n: number, x: A, y: A): void {
      for (let i = 0; i < n; i++) out[i] = x[i]! * y[i]!;
    },
    div(out: A, n: number, x: A, y: A): void {
      for (let i = 0; i < n; i++) out[i] = x[i]! / y[i]!;
    },
    max(out: A, n: number, x: A, y: A): void {
      for (let i = 0; i < n; i++) out[i] = Math.max(x[i]!, y[i]!);
    },
    min(out: A, n: number, x: A, y: A): void {
      for (let i = 0; i < n; i++) out[i] = Math.min(x[i]!, y[i]!);
    },
    pow(out: A, n: number, x: A, y: A): void {
      for (let i = 0; i < n; i++) out[i] = x[i]! ** y[i]!;
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
