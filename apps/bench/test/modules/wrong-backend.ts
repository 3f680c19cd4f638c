import type { Product } from "@blk/core";
import { changedBackend } from "../changed-backend.js";

/** Forgets the last term of each product. */
export const wrong = changedBackend("wrong", (backend) => ({
  multiply: (products, options) =>
    backend.multiply(
      products.map((product): Product => ({ ...product, terms: product.terms.slice(0, -1) })),
      options,
    ),
}));
