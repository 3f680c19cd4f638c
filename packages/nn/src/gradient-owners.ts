import type { BlockMatrix } from "@blk/core";

/**
 * Who frees the gradients of a pass. Several gradients may be one matrix, or views of one (the
 * gradient of a sum is that of both its terms): it is freed with the last of them.
 */
export class GradientOwners {
  readonly #counts = new Map<BlockMatrix, number>();

  /** One more gradient is (a view of) this matrix; it is new unless it is counted already. */
  hold(matrix: BlockMatrix): void {
    const root = rootOf(matrix);
    this.#counts.set(root, (this.#counts.get(root) ?? 0) + 1);
  }

  /** Whether some gradient is (a view of) the same memory. */
  holds(matrix: BlockMatrix): boolean {
    return this.#counts.has(rootOf(matrix));
  }

  /** One gradient less; the last one frees the memory. Does nothing for what is not held. */
  release(matrix: BlockMatrix): void {
    const root = rootOf(matrix);
    const count = this.#counts.get(root);
    if (count === undefined) return;
    if (count > 1) {
      this.#counts.set(root, count - 1);
      return;
    }
    this.#counts.delete(root);
    root.dispose();
  }

  /** Hands out the memory of a gradient that is nobody else's; `false` if it must be copied. */
  handOut(matrix: BlockMatrix): boolean {
    if (matrix.source !== undefined || this.#counts.get(matrix) !== 1) return false;
    this.#counts.delete(matrix);
    return true;
  }
}

/** The matrix that owns the memory. */
export function rootOf(matrix: BlockMatrix): BlockMatrix {
  let root = matrix;
  while (root.source !== undefined) root = root.source;
  return root;
}
