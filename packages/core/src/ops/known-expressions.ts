/**
 * What {@link expressionOf} made of the trees that functions built lately. Operations are mostly
 * called again and again with the same few functions, often written in place and so new objects
 * each time: what they build is recognised by its structure. Backends then see the same object,
 * too, by which they know its kernel.
 *
 * This is process-wide state (see decision 2), but of the kind that nobody can notice: a bounded
 * number of results of a pure function.
 */
import type { Expr } from "../expression/expression.js";

/** A tree as it was built, for what it was checked, and what it was simplified to. */
interface Known {
  readonly built: Expr;
  readonly count: number;
  readonly isInteger: boolean;
  readonly simplified: Expr;
}

const known = new Map<number, Known>();

/** As many are kept; trees with changing constants must not pile up. */
const mostKnown = 256;

/** Trees of more nodes are not looked for: shared parts count each time that they occur. */
const mostNodes = 256;

/** What a tree was simplified to when it was checked for `count` operands and this arithmetic. */
export function recall(built: Expr, count: number, isInteger: boolean): Expr | undefined {
  if (budgetAfter(built, mostNodes) === 0) return undefined;
  const found = known.get(hashOf(built, seedOf(count, isInteger)));
  if (found?.count !== count || found.isInteger !== isInteger) return undefined;
  return isAlike(found.built, built) ? found.simplified : undefined;
}

/** Keeps what a tree was simplified to, after it was found good. */
export function keep(built: Expr, count: number, isInteger: boolean, simplified: Expr): void {
  if (budgetAfter(built, mostNodes) === 0) return;
  const hash = hashOf(built, seedOf(count, isInteger));
  known.set(hash, { built, count, isInteger, simplified });
  if (known.size <= mostKnown) return;
  for (const oldest of known.keys()) {
    known.delete(oldest);
    break;
  }
}

/** What is left of a number of nodes after those of a tree; 0 if it has as many or more. */
function budgetAfter(expr: Expr, budget: number): number {
  if (budget <= 1) return 0;
  switch (expr.kind) {
    case "input":
    case "constant":
      return budget - 1;
    case "unary":
      return budgetAfter(expr.x, budget - 1);
    case "binary":
      return budgetAfter(expr.y, budgetAfter(expr.x, budget - 1));
    case "select": {
      const left = budgetAfter(expr.whenTrue, budgetAfter(expr.condition, budget - 1));
      return budgetAfter(expr.whenFalse, left);
    }
  }
}

function isAlike(x: Expr, y: Expr): boolean {
  if (x === y) return true;
  switch (x.kind) {
    case "input":
      return y.kind === "input" && x.index === y.index;
    case "constant":
      return y.kind === "constant" && Object.is(x.value, y.value);
    case "unary":
      return y.kind === "unary" && x.op === y.op && isAlike(x.x, y.x);
    case "binary":
      return y.kind === "binary" && x.op === y.op && isAlike(x.x, y.x) && isAlike(x.y, y.y);
    case "select":
      return (
        y.kind === "select" &&
        isAlike(x.condition, y.condition) &&
        isAlike(x.whenTrue, y.whenTrue) &&
        isAlike(x.whenFalse, y.whenFalse)
      );
  }
}

function seedOf(count: number, isInteger: boolean): number {
  return isInteger ? ~count : count;
}

/** A number that is the same for equal trees, and mostly another for others. */
function hashOf(expr: Expr, seed: number): number {
  switch (expr.kind) {
    case "input":
      return mixed(seed, expr.index);
    case "constant":
      // The fraction of a constant counts, too.
      return mixed(seed, expr.value * 0x9e3779b1);
    case "unary":
      return hashOf(expr.x, mixed(seed, letters(expr.op)));
    case "binary":
      return hashOf(expr.y, hashOf(expr.x, mixed(seed, letters(expr.op))));
    case "select": {
      const hash = hashOf(expr.condition, mixed(seed, 1));
      return hashOf(expr.whenFalse, hashOf(expr.whenTrue, hash));
    }
  }
}

function letters(op: string): number {
  return op.charCodeAt(0) * 256 + op.charCodeAt(1);
}

function mixed(hash: number, value: number): number {
  const sum = Math.imul(hash ^ value, 0x9e3779b1);
  return sum ^ (sum >>> 15);
}
