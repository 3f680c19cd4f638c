import { BlockMatrix, BlockPattern, bytesPerElement, matmul } from "@blk/core";
import { checkProduct } from "../check.js";
import { Random } from "../random.js";
import { type BenchCase, type FloatType, prepared } from "./bench-case.js";

/** Percent of the blocks. */
export const densities: readonly number[] = [1, 5, 10, 25, 50, 100];

/** A block-sparse matrix times a dense one, from 1 % of the blocks to all of them. */
export function blockSparseCases(): BenchCase[] {
  const small = (["f32", "f64"] as const).flatMap((dtype) =>
    densities
      .filter((percent) => dtype === "f32" || percent === 10 || percent === 100)
      .map((percent) => {
        const id = `block-sparse/${dtype}/density-${percent}`;
        return sparseCase({ id, dtype, size: 512, block: 32, percent, when: "always" });
      }),
  );
  const large = [32, 64].flatMap((block) =>
    densities.map((percent) => {
      const id = `block-sparse/f32/1024/block-${block}/density-${percent}`;
      return sparseCase({ id, dtype: "f32", size: 1024, block, percent, when: "asked" });
    }),
  );
  return [...small, ...large];
}

interface SparseOptions extends Pick<BenchCase, "id" | "when"> {
  readonly dtype: FloatType;
  readonly size: number;
  readonly block: number;
  readonly percent: number;
}

function sparseCase({ id, dtype, size, block, percent, when }: SparseOptions): BenchCase {
  const grid = size / block;
  const count = Math.max(1, Math.round((grid * grid * percent) / 100));
  const stored = count * block * block;
  return {
    id,
    group: "block-sparse",
    label: `${percent} % of ${block}×${block} blocks, n = ${size}`,
    dtype,
    flops: 2 * stored * size,
    bytes: (stored + 2 * size * size) * bytesPerElement(dtype),
    unit: "GFLOP/s",
    when,
    peers: false,
    create() {
      const random = new Random(id);
      const present = new Set(random.order(grid * grid).slice(0, count));
      const pattern = BlockPattern.where(grid, grid, (i, j) => present.has(i * grid + j));
      const a = random.values(dtype, size * size);
      for (let i = 0; i < size; i++) {
        for (let j = 0; j < size; j++) {
          if (!pattern.has(Math.floor(i / block), Math.floor(j / block))) a[i * size + j] = 0;
        }
      }
      const b = random.values(dtype, size * size);
      const plain = { transposeA: false, transposeB: false };
      return {
        prepare(backend) {
          const shape = { rows: size, cols: size, dtype, blockRows: block };
          const left = BlockMatrix.fromArray(backend, a, { ...shape, blockCols: block, pattern });
          const right = BlockMatrix.fromArray(backend, b, shape);
          return prepared([left, right], () => matmul(left, right));
        },
        check: (c) => checkProduct({ m: size, n: size, k: size, ...plain, a, b }, c, dtype),
      };
    },
  };
}
