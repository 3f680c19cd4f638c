import type { Product, ProductOptions, ProductPlan } from "@blk/core";
import type { Workspace } from "./workspace.js";
export function multiply(
  _w: Workspace,
  _products: readonly Product[],
  _options: ProductOptions,
): void {}
export function planProducts(
  _w: Workspace,
  _products: readonly Product[],
  _o: ProductOptions,
): ProductPlan {
  return { variant: "none", workspaceBytes: 0 };
}
