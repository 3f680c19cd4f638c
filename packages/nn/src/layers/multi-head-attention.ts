import { type Backend, BlkError, type DType, expr, Partition } from "@blk/core";
import { checkLayer, checkRandom } from "../check-arguments.js";
import { forwardOf, type Module, type NamedModule, parametersOf } from "../module.js";
import { attention } from "../ops/attention.js";
import { matmul } from "../ops/matmul.js";
import { repartition } from "../ops/repartition.js";
import type { Random } from "../random.js";
import { inLayer } from "../recording.js";
import { asVariable, type Value, type Variable } from "../variable.js";
import { linear } from "./linear.js";

/** Options of {@link multiHeadAttention}. */
export interface AttentionLayerOptions {
  readonly backend: Backend;
  /** Columns of the input and of the result; a multiple of the heads. */
  readonly width: number;
  readonly heads: number;
  /** Whether a row of a sequence sees itself and those before it only. Default: false. */
  readonly causal?: boolean;
  /** Whether a row is added to each product, which starts at zero. Default: true. */
  readonly bias?: boolean;
  readonly random: Random;
  readonly dtype?: DType;
}

/** Attention, which can add what it is given beside in the pass of its last product. */
export interface AttentionModule extends Module {
  forwardOnto(residual: Value, x: Value): Variable;
}

/**
 * Attention of the rows of each sequence among themselves, in several heads (Vaswani et al. 2017).
 * The row cuts of the input are the sequences, of any lengths; uncut, it is one sequence.
 *
 * Takes and gives rows×width. Throws `ARGUMENT` unless the heads divide the width; its forward pass `SHAPE`
 * for an input of another width.
 *
 * ```ts
 * const layer = multiHeadAttention({ backend, width: 64, heads: 4, causal: true, random });
 * const mixed = layer.forward(repartition(tokens, { blockRows: [7, 3, 12] }));
 * ```
 */
export function multiHeadAttention(options: AttentionLayerOptions): AttentionModule {
  checkLayer("multiHeadAttention", options, "width", "heads");
  checkRandom("multiHeadAttention", options.random);
  const { backend, width, heads, causal = false, bias = true, random, dtype = "f32" } = options;
  if (!Number.isInteger(width / heads)) {
    throw new BlkError(
      "ARGUMENT",
      `multiHeadAttention: expected heads that divide the width of ${width}, got ${heads}`,
    );
  }
  const projection = (): Module =>
    linear({ backend, inputs: width, outputs: width, bias, random, dtype });
  const projections = ["query", "key", "value"].map((name) => ({ name, module: projection() }));
  const last = { name: "output", module: projection() };
  const children: readonly NamedModule[] = [...projections, last];
  const blockCols = Partition.uniform(width, width / heads);
  const mixed = (x: Value): Variable => {
    const cut = (y: Variable): Variable => repartition(y, { blockCols });
    const heads = projections.map((one) => cut(forwardOf(one, x)));
    return attention(...(heads as [Variable, Variable, Variable]), { causal });
  };
  const [weight, shift] = last.module.parameters.map(({ variable }) => variable);
  return {
    kind: "multiHeadAttention",
    parameters: parametersOf(children),
    children,
    forward: (x) => forwardOf(last, uncut(mixed(x))),
    forwardOnto: (residual, x) => {
      const heads = uncut(mixed(x));
      return inLayer(last.name, () =>
        matmul(heads, weight as Variable, {
          ...(shift === undefined ? {} : { bias: shift }),
          operands: [residual],
          epilogue: expr.add,
        }),
      );
    },
  };
}

/** Heads side by side are columns like any others to the products that follow. */
function uncut(x: Variable): Variable {
  return repartition(asVariable(x), { blockCols: Partition.whole(x.cols) });
}
