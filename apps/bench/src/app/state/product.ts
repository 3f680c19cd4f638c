import { js } from "@blk/backend-js";
import type { Backend, MatmulExplanation } from "@blk/core";
import { computed, type ReadonlySignal, type Signal, signal } from "@preact/signals";
import type { BlockProduct } from "../product/block-product.js";
import { explainProduct } from "../product/explain-product.js";

/** The product of blocks that a person plays with. */
export interface ProductState {
  readonly product: Signal<BlockProduct>;
  /** Absent until the backend that explains is there. */
  readonly explanation: ReadonlySignal<MatmulExplanation | undefined>;
  /** Opens that backend, once; it is light. */
  open(): Promise<void>;
}

const start: BlockProduct = {
  cuts: { m: [128, 320], k: [192, 352], n: [160, 384] },
  absent: { a: new Set(["0 2", "2 0"]), b: new Set(["1 1"]) },
};

export function createProduct(): ProductState {
  const product = signal(start);
  const backend = signal<Backend | undefined>(undefined);
  const explanation = computed(() =>
    backend.value === undefined ? undefined : explainProduct(backend.value, product.value),
  );
  return {
    ...{ product, explanation },
    async open() {
      backend.value ??= await js().create();
    },
  };
}
