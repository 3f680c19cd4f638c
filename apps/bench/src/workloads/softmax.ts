import { BlockMatrix, bytesPerElement, softmax } from "@blk/core";
import { checkElements, roundoff } from "../check.js";
import { Random } from "../random.js";
import { type BenchCase, type FloatType, prepared, type When } from "./bench-case.js";

/** softmax of each row: long rows as in attention, short ones as over classes. */
export function softmaxCases(): BenchCase[] {
  const both = (rows: number, cols: number): BenchCase[] =>
    (["f32", "f64"] as const).map((dtype) => softmaxCase(rows, cols, dtype, "always"));
  return [...both(1024, 1024), ...both(8192, 10), softmaxCase(4096, 1024, "f32", "asked")];
}

function softmaxCase(rows: number, cols: number, dtype: FloatType, when: When): BenchCase {
  const id = `softmax/${dtype}/${rows}x${cols}`;
  const length = rows * cols;
  return {
    id,
    group: "softmax",
    label: `softmax per row, ${rows}×${cols}`,
    dtype,
    flops: 4 * length,
    bytes: 2 * length * bytesPerElement(dtype),
    unit: "GB/s",
    when,
    peers: cols === 1024 && dtype === "f32",
    create() {
      const x = new Random(id).values(dtype, length, 4);
      return {
        prepare(backend) {
          const matrix = BlockMatrix.fromArray(backend, x, { rows, cols, dtype });
          return prepared([matrix], () => softmax(matrix));
        },
        peer: (session) => session.softmax({ rows, cols }, x),
        check(result) {
          const expected = new Float64Array(length);
          for (let i = 0; i < rows; i++) {
            let total = 0;
            for (let j = i * cols; j < (i + 1) * cols; j++) {
              expected[j] = Math.exp(x[j] as number);
              total += expected[j] as number;
            }
            for (let j = i * cols; j < (i + 1) * cols; j++) {
              expected[j] = (expected[j] as number) / total;
            }
          }
          const tolerance = (cols + 32) * roundoff[dtype];
          const at = (i: number): number => expected[i] as number;
          return checkElements(result, length, at, (i) => tolerance * at(i));
        },
      };
    },
  };
}
