import {
  computeDType,
  type Expr,
  expr,
  type MatrixView,
  type PackedOperand,
  type Product,
  type Term,
  unitRoundoff,
} from "@blk/core";
import type { Expectation, Operand, Problem, Result } from "../case.js";
import { accurateDot, gamma } from "../dot.js";
import { bytesOf } from "../problem.js";
import { exactly, expectationOf, type Range, rangeOf, storedRange, widen } from "../range.js";

/** One product on the host. */
export interface HostProduct {
  readonly c: Result;
  readonly terms: readonly HostTerm[];
  readonly operands?: readonly Operand[];
}

/** One term of a product on the host. */
export interface HostTerm {
  readonly a: Operand;
  readonly b: Operand;
  readonly rows?: Operand;
  /** Whether B is given as the backend packs it, too. */
  readonly isPacked?: boolean;
}

/** Scalars and epilogue. */
export interface HostOptions {
  readonly alpha?: number;
  readonly beta?: number;
  readonly epilogue?: Expr;
  readonly shareBuffer?: boolean;
}

/** `c ← E(alpha · Σ a·b + beta · c)` for a list of products as a problem with its bounds. */
export function multiplyProblem(
  products: readonly HostProduct[],
  options: HostOptions = {},
): Problem {
  const { shareBuffer = false, ...scalars } = options;
  const inputs = products.flatMap(operandsOf);
  const results = products.map(({ c }) => c);
  return {
    inputs,
    results,
    shareBuffer,
    flops: products.reduce((sum, product) => sum + flopsOf(product), 0),
    bytes: bytesOf([...inputs, ...results]),
    run(backend, inputViews, resultViews) {
      const next = inputViews[Symbol.iterator]();
      const take = (): MatrixView => next.next().value as MatrixView;
      const packed: PackedOperand[] = [];
      const list = products.map((product, i): Product => {
        const terms = product.terms.map((term): Term => {
          const views = { a: take(), b: take() };
          const whole = term.rows === undefined ? views : { ...views, rows: take() };
          const one = term.isPacked ? backend.pack?.(views.b) : undefined;
          if (one === undefined) return whole;
          packed.push(one);
          return { ...whole, packed: one };
        });
        const operands = product.operands?.map(take);
        const c = resultViews[i] as MatrixView;
        return operands === undefined ? { c, terms } : { c, terms, operands };
      });
      backend.multiply(list, scalars);
      for (const one of packed) one.dispose();
    },
    answer: () => products.map((product) => answerOf(product, options)),
  };
}

/** All inputs of a product, in the order in which its views are taken. */
function operandsOf({ terms, operands = [] }: HostProduct): readonly Operand[] {
  const factors = terms.flatMap(({ a, b, rows }) => (rows === undefined ? [a, b] : [a, b, rows]));
  return [...factors, ...operands];
}

function flopsOf({ c, terms }: HostProduct): number {
  return terms.reduce((sum, { a }) => sum + 2 * c.rows * c.cols * a.cols, 0);
}

function answerOf(product: HostProduct, options: HostOptions): Expectation {
  const { c } = product;
  const count = c.rows * c.cols;
  const isInteger = computeDType(c.dtype) === "i32";
  return expectationOf(count, (at) =>
    isInteger ? exactly(integerElement(product, options, at)) : element(product, options, at),
  );
}

/**
 * |ĉ − c| ≤ γ·(|alpha|·(|A|·|B|) + |beta·c|), whatever the order of summation and whether
 * multiply-adds are fused (Higham 2002, §3.5), through the epilogue, and rounded to storage.
 */
function element(product: HostProduct, options: HostOptions, at: number): Range {
  const { c, terms, operands = [] } = product;
  const { alpha = 1, beta = 0, epilogue } = options;
  const type = computeDType(c.dtype);
  const u = unitRoundoff(type);
  const factors = factorsOf(terms, Math.floor(at / c.cols), at % c.cols);
  const { sum, magnitude } = accurateDot(factors.length, factors.x, factors.y);
  const previous = beta === 0 ? 0 : beta * (c.initial?.[at] ?? Number.NaN);
  const value = alpha * sum + previous;
  // Each product passes at most `length` roundings, one more for each scalar and for their sum.
  const error =
    gamma(factors.length + 2, u) * (Math.abs(alpha) * magnitude + Math.abs(previous)) +
    // What the oracle itself may be off, and products that underflow.
    gamma(4, 2 ** -53) * (Math.abs(value) + Math.abs(previous)) +
    factors.length ** 2 * 2 ** -104 * magnitude +
    (factors.length + 2) * (type === "f64" ? 2 ** -1022 : 2 ** -126);
  const isExact = factors.length === 0 && previous === 0;
  const range =
    isExact || !Number.isFinite(value)
      ? exactly(value)
      : widen({ low: value - error, high: value + error }, "f64", 0);
  const inputs = [range, ...operands.map(({ elements }) => exactly(elements[at] as number))];
  const finished = epilogue === undefined ? range : rangeOf(epilogue, inputs, c.dtype);
  return storedRange(finished, c.dtype);
}

function integerElement(product: HostProduct, options: HostOptions, at: number): number {
  const { c, terms, operands = [] } = product;
  const { alpha = 1, beta = 0, epilogue } = options;
  const factors = factorsOf(terms, Math.floor(at / c.cols), at % c.cols);
  let sum = 0;
  for (let l = 0; l < factors.length; l++) sum = (sum + Math.imul(factors.x(l), factors.y(l))) | 0;
  const previous = beta === 0 ? 0 : Math.imul(beta, c.initial?.[at] ?? 0);
  const value = (Math.imul(alpha, sum) + previous) | 0;
  if (epilogue === undefined) return value;
  return expr.evaluateInteger(epilogue, [
    value,
    ...operands.map(({ elements }) => elements[at] as number),
  ]);
}

interface Factors {
  readonly length: number;
  x(l: number): number;
  y(l: number): number;
}

/** All pairs of factors that are summed into one element. */
function factorsOf(terms: readonly HostTerm[], row: number, col: number): Factors {
  const xs: number[] = [];
  const ys: number[] = [];
  for (const { a, b, rows } of terms) {
    const from = rows === undefined ? row : (rows.elements[row] as number);
    const isInside = from >= 0 && from < a.rows;
    for (let l = 0; l < a.cols; l++) {
      xs.push(isInside ? (a.elements[from * a.cols + l] as number) : 0);
      ys.push(b.elements[l * b.cols + col] as number);
    }
  }
  return { length: xs.length, x: (l) => xs[l] as number, y: (l) => ys[l] as number };
}

/** The epilogue that adds `input(1)` and applies a function, as layers do. */
export function biasThen(activation: (x: Expr) => Expr): Expr {
  return activation(expr.add(expr.input(0), expr.input(1)));
}
