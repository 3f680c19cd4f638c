import { type Activation, expr, gelu } from "@blk/core";
import { checkLayer, checkWhole } from "../check-arguments.js";
import {
  forwardOf,
  type Module,
  type NamedModule,
  parametersOf,
  type Training,
} from "../module.js";
import { add } from "../ops/elementwise.js";
import { matmul } from "../ops/matmul.js";
import { inLayer } from "../recording.js";
import { asVariable, type Variable } from "../variable.js";
import { dropout } from "./dropout.js";
import { linear } from "./linear.js";
import { type AttentionLayerOptions, multiHeadAttention } from "./multi-head-attention.js";
import { layerNorm } from "./norms.js";

/** Options of {@link transformerBlock}. */
export interface TransformerBlockOptions extends AttentionLayerOptions {
  /** Columns between the two products of the second half. Default: 4·width. */
  readonly hidden?: number;
  /** Default: `gelu`. */
  readonly activation?: Activation;
  /** Share of the numbers that training drops before each sum. Default: 0. */
  readonly dropout?: number;
}

/**
 * y = x + attention(norm(x)), then y + W₂·E(W₁·norm(y)): a block of a transformer that normalises
 * first (Xiong et al. 2020). The row cuts of the input are the sequences.
 *
 * Takes and gives rows×width. Errors as those of `multiHeadAttention`, and `ARGUMENT` for a dropout of 1 or
 * more. Without dropout both sums are made in the pass of the product before them.
 *
 * ```ts
 * const block = transformerBlock({ backend, width: 64, heads: 4, random });
 * ```
 */
export function transformerBlock(options: TransformerBlockOptions): Module {
  checkLayer("transformerBlock", options, "width", "heads");
  const { backend, width, hidden = 4 * width, activation = gelu, random, dtype = "f32" } = options;
  const { bias = true, dropout: rate = 0 } = options;
  checkWhole("transformerBlock", "hidden", hidden);
  const shared = { backend, bias, random, dtype };
  const attention = multiHeadAttention(options);
  const named = (name: string, module: Module): NamedModule => ({ name, module });
  const attentionNorm = named("attentionNorm", layerNorm({ backend, width, dtype }));
  const mixing = named("attention", attention);
  const hiddenNorm = named("hiddenNorm", layerNorm({ backend, width, dtype }));
  const widen = named("widen", linear({ ...shared, inputs: width, outputs: hidden, activation }));
  const narrow = named("narrow", linear({ ...shared, inputs: hidden, outputs: width }));
  const drop = dropout({ rate });
  const children = [attentionNorm, mixing, hiddenNorm, widen, narrow];
  const [weight, shift] = narrow.module.parameters.map(({ variable }) => variable);
  return {
    kind: "transformerBlock",
    parameters: parametersOf(children),
    children,
    forward: (x, training?: Training): Variable => {
      const input = asVariable(x);
      const normed = forwardOf(attentionNorm, input);
      if (rate > 0 && training !== undefined) {
        const mixed = add(input, drop.forward(forwardOf(mixing, normed), training));
        const wide = forwardOf(widen, forwardOf(hiddenNorm, mixed));
        return add(mixed, drop.forward(forwardOf(narrow, wide), training));
      }
      const mixed = inLayer(mixing.name, () => attention.forwardOnto(input, normed));
      const wide = forwardOf(widen, forwardOf(hiddenNorm, mixed));
      return inLayer(narrow.name, () =>
        matmul(wide, weight as Variable, {
          ...(shift === undefined ? {} : { bias: shift }),
          operands: [mixed],
          epilogue: expr.add,
        }),
      );
    },
  };
}
