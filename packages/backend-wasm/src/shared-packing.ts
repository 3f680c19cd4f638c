import { type DeviceBuffer, isBlkError, type Product, type Term } from "@blk/core";
import type { GemmKernels } from "./gemm-kernels.js";
import { packOperand } from "./pack.js";
import { leastRows } from "./product-plan.js";
import type { Workspace } from "./workspace.js";

/** Operations of a product from which all of B is packed before its rows are shared. */
const worthwhileFlops = 2 ** 24;

/** New memory. Throws `OUT_OF_MEMORY`. */
export type Allocate = (byteLength: number) => DeviceBuffer;

/**
 * Runs products whose rows threads share. Each piece of rows would pack its columns of B anew: so B
 * is packed once before, by all threads, and given back afterwards. Where there is no memory for
 * that, the pieces pack for themselves. It changes no bit.
 */
export function withSharedPacking(
  workspace: Workspace,
  kernels: GemmKernels,
  products: readonly Product[],
  allocate: Allocate,
  run: (products: readonly Product[]) => void,
): void {
  if (workspace.executor.threads === 1 || !products.some(isShared)) {
    run(products);
    return;
  }
  const packed: DeviceBuffer[] = [];
  const allocateKept: Allocate = (byteLength) => {
    const buffer = allocate(byteLength);
    packed.push(buffer);
    return buffer;
  };
  try {
    run(
      products.map((product) => {
        if (!isShared(product)) return product;
        const [term] = product.terms as [Term];
        try {
          const operand = packOperand(workspace, kernels, term.b, allocateKept);
          return { ...product, terms: [{ ...term, packed: operand }] };
        } catch (error) {
          if (isBlkError(error, "OUT_OF_MEMORY")) return product;
          throw error;
        }
      }),
    );
  } finally {
    for (const buffer of packed) buffer.dispose();
  }
}

/** Bytes that {@link withSharedPacking} packs, about. */
export function sharedPackingBytes(
  products: readonly Product[],
  bytesPerNumber: number,
  threads: number,
): number {
  if (threads === 1) return 0;
  return products
    .filter(isShared)
    .reduce((sum, { terms }) => sum + terms[0]!.b.rows * terms[0]!.b.cols * bytesPerNumber, 0);
}

/** Whether a product has one term, rows for several pieces, and work enough. */
function isShared({ c, terms }: Product): boolean {
  const [term] = terms;
  if (term === undefined || terms.length > 1 || term.packed !== undefined) return false;
  const isByRows = c.colStride === 1 || term.rows !== undefined;
  return (
    isByRows && c.rows >= 2 * leastRows && 2 * c.rows * c.cols * term.a.cols >= worthwhileFlops
  );
}
