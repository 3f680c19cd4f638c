import type { BinaryOp, Expr, UnaryOp } from "./expression.js";
import { schedule } from "./schedule.js";

/** What each kind of node means, given what its arguments mean. */
export interface Interpretation<T> {
  input(index: number): T;
  constant(value: number): T;
  unary(op: UnaryOp, x: T): T;
  binary(op: BinaryOp, x: T, y: T): T;
  select(condition: T, whenTrue: T, whenFalse: T): T;
}

/** What an expression means under an interpretation; parts that occur twice are interpreted once. */
export function fold<T>(expr: Expr, interpretation: Interpretation<T>): T {
  const values: T[] = [];
  for (const { node, arguments: args } of schedule(expr)) {
    const at = (position: number): T => values[args[position] as number] as T;
    switch (node.kind) {
      case "input":
        values.push(interpretation.input(node.index));
        break;
      case "constant":
        values.push(interpretation.constant(node.value));
        break;
      case "unary":
        values.push(interpretation.unary(node.op, at(0)));
        break;
      case "binary":
        values.push(interpretation.binary(node.op, at(0), at(1)));
        break;
      case "select":
        values.push(interpretation.select(at(0), at(1), at(2)));
        break;
    }
  }
  return values[values.length - 1] as T;
}
