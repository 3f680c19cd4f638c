/**
 * The primitives of expressions on doubles, one tight loop each: `out[i] ← op(x[i], y[i], z[i])`
 * for i < n. `out` may be one of the arguments.
 *
 * Cheap ones do four elements a turn, and up to three too many, in scratch that has room for them:
 * after every turn that stores, V8 loads the type and place of each array again.
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
      for (let i = 0; i < n; i += 4) {
        out[i] = -x[i]!;
        out[i + 1] = -x[i + 1]!;
        out[i + 2] = -x[i + 2]!;
        out[i + 3] = -x[i + 3]!;
      }
    },
    abs(out: A, n: number, x: A): void {
      for (let i = 0; i < n; i += 4) {
        out[i] = Math.abs(x[i]!);
        out[i + 1] = Math.abs(x[i + 1]!);
        out[i + 2] = Math.abs(x[i + 2]!);
        out[i + 3] = Math.abs(x[i + 3]!);
      }
    },
    exp(out: A, n: number, x: A): void {
      for (let i = 0; i < n; i++) out[i] = Math.exp(x[i]!);
    },
    log(out: A, n: number, x: A): void {
      for (let i = 0; i < n; i++) out[i] = Math.log(x[i]!);
    },
    sqrt(out: A, n: number, x: A): void {
      for (let i = 0; i < n; i += 4) {
        out[i] = Math.sqrt(x[i]!);
        out[i + 1] = Math.sqrt(x[i + 1]!);
        out[i + 2] = Math.sqrt(x[i + 2]!);
        out[i + 3] = Math.sqrt(x[i + 3]!);
      }
    },
    tanh(out: A, n: number, x: A): void {
      for (let i = 0; i < n; i++) out[i] = Math.tanh(x[i]!);
    },
    erf(out: A, n: number, x: A): void {
      for (let i = 0; i < n; i++) out[i] = expr.applyUnary("erf", x[i]!);
    },
    floor(out: A, n: number, x: A): void {
      for (let i = 0; i < n; i += 4) {
        out[i] = Math.floor(x[i]!);
        out[i + 1] = Math.floor(x[i + 1]!);
        out[i + 2] = Math.floor(x[i + 2]!);
        out[i + 3] = Math.floor(x[i + 3]!);
      }
    },
  },
  binary: {
    add(out: A, n: number, x: A, y: A): void {
      for (let i = 0; i < n; i += 4) {
        out[i] = x[i]! + y[i]!;
        out[i + 1] = x[i + 1]! + y[i + 1]!;
        out[i + 2] = x[i + 2]! + y[i + 2]!;
        out[i + 3] = x[i + 3]! + y[i + 3]!;
      }
    },
    sub(out: A, n: number, x: A, y: A): void {
      for (let i = 0; i < n; i += 4) {
        out[i] = x[i]! - y[i]!;
        out[i + 1] = x[i + 1]! - y[i + 1]!;
        out[i + 2] = x[i + 2]! - y[i + 2]!;
        out[i + 3] = x[i + 3]! - y[i + 3]!;
      }
    },
    mul(out: A, n: number, x: A, y: A): void {
      for (let i = 0; i < n; i += 4) {
        out[i] = x[i]! * y[i]!;
        out[i + 1] = x[i + 1]! * y[i + 1]!;
        out[i + 2] = x[i + 2]! * y[i + 2]!;
        out[i + 3] = x[i + 3]! * y[i + 3]!;
      }
    },
    div(out: A, n: number, x: A, y: A): void {
      for (let i = 0; i < n; i += 4) {
        out[i] = x[i]! / y[i]!;
        out[i + 1] = x[i + 1]! / y[i + 1]!;
        out[i + 2] = x[i + 2]! / y[i + 2]!;
        out[i + 3] = x[i + 3]! / y[i + 3]!;
      }
    },
    max(out: A, n: number, x: A, y: A): void {
      for (let i = 0; i < n; i += 4) {
        out[i] = Math.max(x[i]!, y[i]!);
        out[i + 1] = Math.max(x[i + 1]!, y[i + 1]!);
        out[i + 2] = Math.max(x[i + 2]!, y[i + 2]!);
        out[i + 3] = Math.max(x[i + 3]!, y[i + 3]!);
      }
    },
    min(out: A, n: number, x: A, y: A): void {
      for (let i = 0; i < n; i += 4) {
        out[i] = Math.min(x[i]!, y[i]!);
        out[i + 1] = Math.min(x[i + 1]!, y[i + 1]!);
        out[i + 2] = Math.min(x[i + 2]!, y[i + 2]!);
        out[i + 3] = Math.min(x[i + 3]!, y[i + 3]!);
      }
    },
    pow(out: A, n: number, x: A, y: A): void {
      for (let i = 0; i < n; i++) out[i] = x[i]! ** y[i]!;
    },
    less(out: A, n: number, x: A, y: A): void {
      for (let i = 0; i < n; i += 4) {
        out[i] = x[i]! < y[i]! ? 1 : 0;
        out[i + 1] = x[i + 1]! < y[i + 1]! ? 1 : 0;
        out[i + 2] = x[i + 2]! < y[i + 2]! ? 1 : 0;
        out[i + 3] = x[i + 3]! < y[i + 3]! ? 1 : 0;
      }
    },
    equal(out: A, n: number, x: A, y: A): void {
      for (let i = 0; i < n; i += 4) {
        out[i] = x[i]! === y[i]! ? 1 : 0;
        out[i + 1] = x[i + 1]! === y[i + 1]! ? 1 : 0;
        out[i + 2] = x[i + 2]! === y[i + 2]! ? 1 : 0;
        out[i + 3] = x[i + 3]! === y[i + 3]! ? 1 : 0;
      }
    },
  },
  select(out: A, n: number, x: A, y: A, z: A): void {
    for (let i = 0; i < n; i += 4) {
      out[i] = x[i]! !== 0 ? y[i]! : z[i]!;
      out[i + 1] = x[i + 1]! !== 0 ? y[i + 1]! : z[i + 1]!;
      out[i + 2] = x[i + 2]! !== 0 ? y[i + 2]! : z[i + 2]!;
      out[i + 3] = x[i + 3]! !== 0 ? y[i + 3]! : z[i + 3]!;
    }
  },
};
