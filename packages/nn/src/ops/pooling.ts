import * as core from "@blk/core";
import { type BlockMatrix, type Expr, expr } from "@blk/core";
import { claimGate } from "../gate.js";
import type { PoolingTableName } from "../images/pooling-tables.js";
import { record, shouldRecord } from "../tape.js";
import type { Want } from "../tape-node.js";
import { asVariable, type Value, Variable } from "../variable.js";
import { window } from "./block.js";
import { gather } from "./gather.js";
import { map } from "./map.js";

type Tables = Readonly<Record<PoolingTableName, BlockMatrix>>;

/** The largest pixel of each window, channel by channel; its gradient goes to the first such pixel. */
export function maxOverWindows(x: Value, tables: Tables): Variable {
  const input = asVariable(x);
  const { value, slot } = core.scope(() => {
    const slots = partsOf(core.gather(input.value, tables.repeated), tables.repeated.cols);
    const value = core.map(slots, (...xs) => xs.reduce(expr.max), { label: "maxPool" });
    const slot = shouldRecord([input]) ? core.map(slots, firstLargest) : undefined;
    return { value, slot };
  });
  if (slot === undefined) return new Variable(value);
  const chosen = new Variable(slot);
  const output = record("maxPool", [input, chosen], value, (gradient, wants) => {
    const { inverse, slots } = tables;
    const count = inverse.cols;
    const all = core.gather(chosen.value, inverse);
    const operands = [
      ...windowsOf(gather(gradient, inverse), count),
      ...partsOf(all, count),
      ...partsOf(slots, count),
    ];
    return [
      gated(operands, input, wants[0], (xs) => {
        const shares = xs
          .slice(0, count)
          .map((g, i) =>
            expr.select(expr.equal(xs[count + i] as Expr, xs[2 * count + i] as Expr), g, 0),
          );
        return shares.reduce(expr.add);
      }),
    ];
  });
  // The tape needs it until the backward pass, nobody else does.
  chosen.dispose();
  return output;
}

/** The mean of the pixels of each window, channel by channel; those of the padding do not count. */
export function meanOverWindows(x: Value, tables: Tables): Variable {
  const input = asVariable(x);
  const { dtype } = input;
  const value = core.scope(() => {
    const slots = partsOf(core.gather(input.value, tables.rows), tables.rows.cols);
    const mean = (...xs: Expr[]): Expr => expr.div(xs.slice(0, -1).reduce(expr.add), xs.at(-1)!);
    return core.map([...slots, tables.counts], mean, { dtype, label: "averagePool" });
  });
  return record("averagePool", [input], value, (gradient, wants) => {
    const { inverse, counts } = tables;
    const shares = map([gradient, counts], expr.div, { dtype });
    const operands = windowsOf(gather(shares, inverse), inverse.cols);
    return [gated(operands, input, wants[0], (xs) => xs.reduce(expr.add))];
  });
}

/** Which of several is the first that no other exceeds. */
function firstLargest(...xs: Expr[]): Expr {
  let most = xs[0] as Expr;
  let at: Expr = expr.constant(0);
  xs.slice(1).forEach((x, i) => {
    at = expr.select(expr.less(most, x), i + 1, at);
    most = expr.max(most, x);
  });
  return at;
}

/** One pass that makes the gradient of `input`, with its gate applied if it has one. */
function gated(
  operands: readonly Value[],
  input: Variable,
  want: Want | undefined,
  fn: (operands: readonly Expr[]) => Expr,
): Variable {
  const gate = claimGate(input, want);
  const count = operands.length;
  const all = gate === undefined ? operands : [...operands, gate.operand];
  return map(
    all,
    (...xs) => {
      const plain = fn(xs.slice(0, count));
      return gate === undefined ? plain : gate.apply(plain, xs[count] as Expr);
    },
    { dtype: input.dtype },
  );
}

/** Equally wide windows side by side, as views. */
function partsOf(a: BlockMatrix, count: number): readonly BlockMatrix[] {
  const width = a.cols / count;
  return Array.from({ length: count }, (_, i) => core.window(a, 0, i * width, a.rows, width));
}

function windowsOf(a: Variable, count: number): readonly Variable[] {
  const width = a.cols / count;
  return Array.from({ length: count }, (_, i) => window(a, 0, i * width, a.rows, width));
}
