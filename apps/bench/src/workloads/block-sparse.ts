import { BlockMatrix, BlockPattern, bytesPerElement, matmul } from "@blk/core";
import { checkProduct } from "../check.js";
import { Random } from "../random.js";
import { type BenchCase, type FloatType, prepared } from "./bench-case.js";

const size = 512;
const block = 32;
const densities = [1, 5, 10, 25, 50, 100];

/** A block-sparse matrix times a dense one, from 1 % of the blocks to all of them. */
export function blockSparseCases(): BenchCase[] {
  return (["f32", "f64"] as const).flatMap((dtype) =>
    densities
      .filter((percent) => dtype === "f32" || percent === 10 || percent === 100)
      .map((percent) => sparseCase(dtype, percent)),
  );
}

function sparseCase(dtype: FloatType, percent: number): BenchCase {
  const id = `block-sparse/${dtype}/density-${percent}`;
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
    quick: true,
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
