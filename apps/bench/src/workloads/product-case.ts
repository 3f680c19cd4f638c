import { type Backend, BlockMatrix, bytesPerElement, matmul, pack, relu, window } from "@blk/core";
import { checkProduct, type ProductOnHost } from "../check.js";
import type { MatmulSpec } from "../peers/index.js";
import { Random } from "../random.js";
import {
  type BenchCase,
  type FloatType,
  type Prepared,
  prepared,
  type When,
} from "./bench-case.js";

export interface ProductOptions extends Pick<BenchCase, "id" | "group" | "label" | "dtype"> {
  readonly spec: MatmulSpec;
  /** Default: `always`. */
  readonly when?: When;
  /** Default: false. */
  readonly peers?: boolean;
  /** The operands are windows of larger matrices: their rows do not lie side by side. */
  readonly windows?: boolean;
  /** B, stored k×n, is packed once, before what is timed. */
  readonly prepacked?: boolean;
}

/** A product, or as many as `spec.batch` says. */
export function productCase(options: ProductOptions): BenchCase {
  const { id, group, label, dtype, spec, when = "always", peers = false } = options;
  const { m, n, k, batch = 1 } = spec;
  return {
    id,
    group,
    label,
    dtype,
    flops: 2 * m * n * k * batch,
    bytes: (m * k + k * n + m * n) * batch * bytesPerElement(dtype),
    // A matrix times a vector reads every number once: memory is what limits it.
    unit: Math.min(m, n) === 1 && Math.max(m, n) > 1 ? "GB/s" : "GFLOP/s",
    when,
    peers,
    create() {
      const random = new Random(id);
      const a = random.values(dtype, m * k * batch);
      const b = random.values(dtype, k * n * batch);
      const bias = spec.bias ? random.values(dtype, n) : undefined;
      return {
        prepare: (backend) => prepare(backend, options, a, b, bias),
        peer: (session) => session.matmul(spec, a, b, bias),
        check(result) {
          if (result.length !== m * n * batch) {
            return `the result has ${result.length} elements instead of ${m * n * batch}`;
          }
          for (let i = 0; i < batch; i++) {
            const product: ProductOnHost = {
              ...spec,
              a: a.subarray(i * m * k, (i + 1) * m * k),
              b: b.subarray(i * k * n, (i + 1) * k * n),
              bias,
              relu: spec.activation === "relu",
            };
            const slice = result.subarray(i * m * n, (i + 1) * m * n);
            const wrong = checkProduct(product, slice, dtype);
            if (wrong !== undefined) return batch > 1 ? `product ${i}: ${wrong}` : wrong;
          }
          return undefined;
        },
      };
    },
  };
}

type Floats = Float32Array | Float64Array;

function prepare(
  backend: Backend,
  { spec, dtype, windows = false, prepacked = false }: ProductOptions,
  aValues: Floats,
  bValues: Floats,
  biasValues: Floats | undefined,
): Prepared {
  const { m, n, k, transposeA, transposeB, batch } = spec;
  if (prepacked) {
    const a = BlockMatrix.fromArray(backend, aValues, { rows: m, cols: k, dtype });
    const b = BlockMatrix.fromArray(backend, bValues, { rows: k, cols: n, dtype });
    const packed = pack(b);
    return prepared([a, packed, b], () => matmul(a, packed));
  }
  if (batch !== undefined) return prepareBatch(backend, spec, batch, dtype, aValues, bValues);
  const whole: BlockMatrix[] = [];
  const from = (data: Floats, rows: number, cols: number): BlockMatrix => {
    const operand = windows
      ? windowFromArray(backend, data, rows, cols, dtype)
      : { matrix: BlockMatrix.fromArray(backend, data, { rows, cols, dtype }) };
    whole.push(...Object.values(operand));
    return operand.matrix;
  };
  const a = transposeA ? from(aValues, k, m) : from(aValues, m, k);
  const b = transposeB ? from(bValues, n, k) : from(bValues, k, n);
  const bias =
    biasValues && BlockMatrix.fromArray(backend, biasValues, { rows: 1, cols: n, dtype });
  const options = {
    transposeA,
    transposeB,
    ...(bias && { bias }),
    ...(spec.activation && { activation: relu }),
  };
  return prepared(bias ? [...whole, bias] : whole, () => matmul(a, b, options));
}

/** Elements around a window on each side: an odd number, so that its rows are not aligned. */
const margin = 7;

/** A window with these elements, and the larger matrix that it is a view of. */
function windowFromArray(
  backend: Backend,
  data: Floats,
  rows: number,
  cols: number,
  dtype: FloatType,
): { readonly matrix: BlockMatrix; readonly source: BlockMatrix } {
  const shape = { rows: rows + 2 * margin, cols: cols + 2 * margin, dtype };
  const around =
    dtype === "f32"
      ? new Float32Array(shape.rows * shape.cols)
      : new Float64Array(shape.rows * shape.cols);
  for (let i = 0; i < rows; i++) {
    around.set(data.subarray(i * cols, (i + 1) * cols), (i + margin) * shape.cols + margin);
  }
  const source = BlockMatrix.fromArray(backend, around, shape);
  return { matrix: window(source, margin, margin, rows, cols), source };
}

/** A batch is a block-diagonal factor: one call computes all of its products. */
function prepareBatch(
  backend: Backend,
  { m, n, k }: MatmulSpec,
  batch: number,
  dtype: FloatType,
  aValues: Floats,
  bValues: Floats,
): Prepared {
  const blocks = Array.from({ length: batch }, (_, i) => ({
    row: i,
    col: i,
    data: aValues.subarray(i * m * k, (i + 1) * m * k),
  }));
  const cuts = { blockRows: m, blockCols: k };
  const shape = { rows: batch * m, cols: batch * k, dtype };
  const a = BlockMatrix.fromBlocks(backend, blocks, { ...shape, ...cuts });
  const stacked = { rows: batch * k, cols: n, blockRows: k, dtype };
  const b = BlockMatrix.fromArray(backend, bValues, stacked);
  return prepared([a, b], () => matmul(a, b));
}
