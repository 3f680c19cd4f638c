import { type Activation, expr, gelu } from "@blk/core";
import { checkLayer, checkWhole } from "../check-arguments.js";
import { type Module, type NamedModule, parametersOf, type Training } from "../module.js";
import { add } from "../ops/elementwise.js";
import { matmul } from "../ops/matmul.js";
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
  const attentionNorm = layerNorm({ backend, width, dtype });
  const attention = multiHeadAttention(options);
  const hiddenNorm = layerNorm({ backend, width, dtype });
  const widen = linear({ ...shared, inputs: width, outputs: hidden, activation });
  const narrow = linear({ ...shared, inputs: hidden, outputs: width });
  const drop = dropout({ rate });
  const children: readonly NamedModule[] = [
    { name: "attentionNorm", module: attentionNorm },
    { name: "attention", module: attention },
    { name: "hiddenNorm", module: hiddenNorm },
    { name: "widen", module: widen },
    { name: "narrow", module: narrow },
  ];
  const [weight, shift] = narrow.parameters.map(({ variable }) => variable);
  return {
    kind: "transformerBlock",
    parameters: parametersOf(children),
    children,
    forward: (x, training?: Training): Variable => {
      const input = asVariable(x);
      const normed = attentionNorm.forward(input);
      if (rate > 0 && training !== undefined) {
        const mixed = add(input, drop.forward(attention.forward(normed), training));
        const wide = widen.forward(hiddenNorm.forward(mixed));
        return add(mixed, drop.forward(narrow.forward(wide), training));
      }
      const mixed = attention.forwardOnto(input, normed);
      return matmul(widen.forward(hiddenNorm.forward(mixed)), weight as Variable, {
        ...(shift === undefined ? {} : { bias: shift }),
        operands: [mixed],
        epilogue: expr.add,
      });
    },
  };
}
