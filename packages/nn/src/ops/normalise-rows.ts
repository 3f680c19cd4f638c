import { BlkError, type Expr, expr } from "@blk/core";
import { isRecording, withRecording } from "../recording.js";
import { record } from "../tape.js";
import { operandOf, type Value, type Variable } from "../variable.js";
import { map } from "./map.js";
import { reduce, sum } from "./reduce.js";

/** Options of {@link normaliseRows}. */
export interface NormaliseOptions {
  /** 1×cols; multiplies what is normalised. */
  readonly gain: Value;
  /** 1×cols; with it, rows are shifted to mean 0 before, and by it afterwards. */
  readonly shift?: Value;
  /** Added to the mean square. Default: 10⁻⁵. */
  readonly epsilon?: number;
}

/**
 * n∘gain + shift with n = (x − μ)/√(σ² + ε), μ and σ² of each row (Ba, Kiros & Hinton 2016); without
 * `shift` μ is 0 (Zhang & Sennrich 2019). A sum per row for each of μ and σ², and a pass.
 *
 * Backward, with r = 1/√(σ² + ε) and h = g∘gain, the gradient by x is r·(h − mean h − n·mean(h∘n)),
 * means being per row, so the same number of sums and a pass; that by gain and shift is a sum per
 * column. Kept for it are x, μ and σ². Throws `SHAPE`.
 *
 * ```ts
 * const y = normaliseRows(x, { gain, shift });
 * ```
 */
export function normaliseRows(x: Value, options: NormaliseOptions): Variable {
  const { epsilon = 1e-5 } = options;
  const [input, gain] = [x, options.gain].map((one) => operandOf("normaliseRows", one)) as [
    Variable,
    Variable,
  ];
  const shift = options.shift === undefined ? [] : [operandOf("normaliseRows", options.shift)];
  for (const row of [gain, ...shift]) checkRow(row, input);
  const isCentered = shift.length > 0;
  const width = input.cols;
  // Operands that only a centered norm has come last: of another one, these functions ignore them.
  const root = (square: Expr): Expr => expr.div(1, expr.sqrt(expr.add(square, epsilon)));
  const normal = (x: Expr, square: Expr, center: Expr): Expr =>
    expr.mul(isCentered ? expr.sub(x, center) : x, root(square));

  const moments = withRecording(false, () => momentsOf(input, isCentered));
  const { value } = withRecording(false, () =>
    map([gain, input, ...moments, ...shift], (w, x, square, center, s) => {
      const scaled = expr.mul(w, normal(x, square, center));
      return isCentered ? expr.add(scaled, s) : scaled;
    }),
  );
  const inputs = [input, gain, ...shift, ...moments];
  const output = record(isCentered ? "layerNorm" : "rmsNorm", inputs, value, (gradient, wants) => {
    // For a second derivative they are functions of the input.
    const current = isRecording() ? momentsOf(input, isCentered) : moments;
    const average = { op: "sum", per: "row" } as const;
    const toInput = (): Variable => {
      const along = reduce([gradient, gain, input, ...current], {
        ...average,
        expr: (g, w, x, square, center) =>
          expr.div(expr.mul(expr.mul(g, w), normal(x, square, center)), width),
      });
      const level = isCentered
        ? [
            reduce([gradient, gain], {
              ...average,
              expr: (g, w) => expr.div(expr.mul(g, w), width),
            }),
          ]
        : [];
      return map(
        [gradient, gain, along, input, ...current, ...level],
        (g, w, a, x, square, center, l) => {
          const rest = expr.sub(expr.mul(g, w), expr.mul(normal(x, square, center), a));
          return expr.mul(isCentered ? expr.sub(rest, l) : rest, root(square));
        },
      );
    };
    const toGain = (): Variable =>
      reduce([gradient, input, ...current], {
        op: "sum",
        per: "column",
        expr: (g, x, square, center) => expr.mul(g, normal(x, square, center)),
      });
    return [
      wants[0] ? toInput() : undefined,
      wants[1] ? toGain() : undefined,
      isCentered && wants[2] ? sum(gradient, { per: "column" }) : undefined,
    ];
  });
  // The tape needs them until the backward pass, nobody else does.
  for (const moment of moments) moment.dispose();
  return output;
}

function checkRow(row: Variable, { cols }: Variable): void {
  if (row.rows === 1 && row.cols === cols) return;
  throw new BlkError(
    "SHAPE",
    `normaliseRows: expected gain and shift of 1×${cols}, a number per column, got ${row}`,
  );
}

/** Of each row the mean square about the mean, and the mean; or the mean square alone. */
function momentsOf(input: Variable, isCentered: boolean): readonly Variable[] {
  const average = { op: "sum", per: "row" } as const;
  const { cols } = input;
  const center = isCentered ? [reduce(input, { ...average, expr: (x) => expr.div(x, cols) })] : [];
  const square = reduce([input, ...center], {
    ...average,
    expr: (x, m) => {
      const distance = isCentered ? expr.sub(x, m) : x;
      return expr.div(expr.mul(distance, distance), cols);
    },
  });
  return [square, ...center];
}
