import { type Backend, BlockMatrix, bytesPerElement, matmul, relu } from "@blk/core";
import { checkProduct, type ProductOnHost } from "../check.js";
import type { MatmulSpec } from "../peers/index.js";
import { Random } from "../random.js";
import { type BenchCase, type FloatType, type Prepared, prepared } from "./bench-case.js";

const dtypes: readonly FloatType[] = ["f32", "f64"];
const quickSizes = [1, 8, 16, 31, 64, 127, 256, 512];
const largeSizes = [1024, 2048];
const peerSizes = [64, 256, 512];

/** Square products of many sizes, all transposes, batches, fused epilogues and thin shapes. */
export function matmulCases(): BenchCase[] {
  const cases: BenchCase[] = [];
  const both = (make: (dtype: FloatType) => BenchCase): void => {
    cases.push(...dtypes.map(make));
  };
  for (const n of quickSizes) {
    both((dtype) =>
      productCase(`matmul/${dtype}/${n}`, `A·B, n = ${n}`, dtype, square(n), {
        peers: peerSizes.includes(n),
      }),
    );
  }
  for (const [name, text, transposeA, transposeB] of [
    ["nt", "A·Bᵀ", false, true],
    ["tn", "Aᵀ·B", true, false],
    ["tt", "Aᵀ·Bᵀ", true, true],
  ] as const) {
    both((dtype) => {
      const spec = { ...square(256), transposeA, transposeB };
      const id = `matmul/${dtype}/${name}/256`;
      return productCase(id, `${text}, n = 256`, dtype, spec, { peers: name === "nt" });
    });
  }
  both((dtype) => {
    const spec = { ...square(64), batch: 32 };
    const id = `matmul/${dtype}/batch-32/64`;
    return productCase(id, "32 products, n = 64", dtype, spec, { peers: dtype === "f32" });
  });
  both((dtype) => {
    const spec: MatmulSpec = {
      ...square(256),
      transposeB: true,
      bias: true,
      activation: "relu",
    };
    const id = `matmul/${dtype}/layer/256`;
    return productCase(id, "relu(A·Bᵀ + bias), n = 256", dtype, spec, { peers: dtype === "f32" });
  });
  both((dtype) => {
    const spec = { ...square(1024), m: 1 };
    const id = `matmul/${dtype}/row-times-matrix/1024`;
    return productCase(id, "1×1024 · 1024×1024", dtype, spec, {});
  });
  both((dtype) => {
    const spec = { ...square(128), k: 784 };
    const id = `matmul/${dtype}/128x784x128`;
    return productCase(id, "128×784 · 784×128", dtype, spec, {});
  });
  for (const n of largeSizes) {
    both((dtype) =>
      productCase(`matmul/${dtype}/${n}`, `A·B, n = ${n}`, dtype, square(n), { quick: false }),
    );
  }
  return cases;
}

function square(n: number): MatmulSpec {
  return { m: n, n, k: n, transposeA: false, transposeB: false };
}

function productCase(
  id: string,
  label: string,
  dtype: FloatType,
  spec: MatmulSpec,
  options: { readonly quick?: boolean; readonly peers?: boolean },
): BenchCase {
  const { m, n, k, batch = 1 } = spec;
  const { quick = true, peers = false } = options;
  return {
    id,
    group: "matmul",
    label,
    dtype,
    flops: 2 * m * n * k * batch,
    bytes: (m * k + k * n + m * n) * batch * bytesPerElement(dtype),
    // A row times a matrix reads every number once: memory is what limits it.
    unit: m === 1 && n > 1 ? "GB/s" : "GFLOP/s",
    quick,
    peers,
    create() {
      const random = new Random(id);
      const a = random.values(dtype, m * k * batch);
      const b = random.values(dtype, k * n * batch);
      const bias = spec.bias ? random.values(dtype, n) : undefined;
      return {
        prepare: (backend) => prepare(backend, spec, dtype, a, b, bias),
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
  spec: MatmulSpec,
  dtype: FloatType,
  aValues: Floats,
  bValues: Floats,
  biasValues: Floats | undefined,
): Prepared {
  const { m, n, k, transposeA, transposeB, batch } = spec;
  const from = (data: Floats, rows: number, cols: number): BlockMatrix =>
    BlockMatrix.fromArray(backend, data, { rows, cols, dtype });
  if (batch !== undefined) return prepareBatch(backend, spec, batch, dtype, aValues, bValues);
  const a = transposeA ? from(aValues, k, m) : from(aValues, m, k);
  const b = transposeB ? from(bValues, n, k) : from(bValues, k, n);
  const bias = biasValues && from(biasValues, 1, n);
  const options = {
    transposeA,
    transposeB,
    ...(bias && { bias }),
    ...(spec.activation && { activation: relu }),
  };
  return prepared(bias ? [a, b, bias] : [a, b], () => matmul(a, b, options));
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
