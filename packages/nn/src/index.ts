/** @blk/nn: automatic differentiation, layers, losses, optimisers and training, on `@blk/core`. */
export * from "./safetensors/index.js";
