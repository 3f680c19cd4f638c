import type { MatmulSpec } from "../peers/index.js";
import type { BenchCase, FloatType, When } from "./bench-case.js";
import { type ProductOptions, productCase } from "./product-case.js";

const dtypes: readonly FloatType[] = ["f32", "f64"];

/** Square products of many sizes, all transposes, windows, batches, layers, thin shapes, packed weights. */
export function matmulCases(): BenchCase[] {
  return [
    ...fewRows(),
    ...squares(),
    ...transposes(),
    ...windows(),
    ...batches(),
    ...layers(),
    ...thin(),
    ...matrixTimesVector(),
  ];
}

function squares(): BenchCase[] {
  const sizes: Readonly<Record<When, readonly number[]>> = {
    always: [1, 8, 16, 31, 64, 127, 256, 512],
    asked: [32, 128, 251, 509, 1021],
    full: [1024, 2048],
  };
  // The only other library with f64 takes seconds at the larger ones.
  const compared = { f32: [8, 2048], f64: [64, 1024] } as const;
  return (["always", "asked", "full"] as const).flatMap((when) =>
    sizes[when].flatMap((n) =>
      both((dtype) => ({
        id: `matmul/${dtype}/${n}`,
        group: "matmul",
        label: `A·B, n = ${n}`,
        spec: square(n),
        when,
        peers: n >= compared[dtype][0] && n <= compared[dtype][1],
      })),
    ),
  );
}

function transposes(): BenchCase[] {
  const kinds = [
    ["nt", "A·Bᵀ", false, true],
    ["tn", "Aᵀ·B", true, false],
    ["tt", "Aᵀ·Bᵀ", true, true],
  ] as const;
  return [256, 512, 1024].flatMap((n) =>
    kinds.flatMap(([name, text, transposeA, transposeB]) =>
      both((dtype) => ({
        id: `matmul/${dtype}/${name}/${n}`,
        group: "matmul, transposed",
        label: `${text}, n = ${n}`,
        spec: { ...square(n), transposeA, transposeB },
        when: n === 256 ? "always" : "asked",
        peers: dtype === "f32" || (n === 256 && name === "nt"),
      })),
    ),
  );
}

function windows(): BenchCase[] {
  return [256, 512, 1024].map((n) =>
    productCase({
      id: `matmul/f32/window/${n}`,
      group: "matmul, windows",
      label: `A·B of windows, n = ${n}`,
      dtype: "f32",
      spec: square(n),
      when: "asked",
      windows: true,
    }),
  );
}

/** Numbers of products in a batch. */
export const batchSizes: readonly number[] = [2, 4, 8, 16, 32, 64];

function batches(): BenchCase[] {
  const batch = (dtype: FloatType, n: number, count: number): ProductOptions => ({
    id: `matmul/${dtype}/batch-${count}/${n}`,
    group: "matmul, batches",
    label: `${count} products, n = ${n}`,
    dtype,
    spec: { ...square(n), batch: count },
    when: n === 64 && count === 32 ? "always" : "asked",
    peers: dtype === "f32",
  });
  const f32 = [64, 128].flatMap((n) => batchSizes.map((count) => batch("f32", n, count)));
  return [...f32, batch("f64", 64, 32)].map(productCase);
}

function layers(): BenchCase[] {
  return [
    ...both((dtype) => ({
      id: `matmul/${dtype}/layer/256`,
      group: "matmul, layers",
      label: "relu(A·Bᵀ + bias), n = 256",
      spec: { ...square(256), transposeB: true, bias: true, activation: "relu" },
      peers: dtype === "f32",
    })),
    ...both((dtype) => ({
      id: `matmul/${dtype}/128x784x128`,
      group: "matmul, layers",
      label: "128×784 · 784×128",
      spec: { ...square(128), k: 784 },
    })),
  ];
}

/** Rows and columns of `thinCases`, and where those are, the other sizes. */
const long = 512;

/** m, k and n of products of which at least one size is small. */
export const thinShapes: readonly (readonly [m: number, k: number, n: number])[] = [
  ...[1, 2, 4, 8].map((k) => [1, k, long] as const),
  ...[1, 2, 4, 8].map((k) => [long, k, 1] as const),
  ...[1, 2, 3, 4, 5, 6, 7, 8].map((k) => [long, k, long] as const),
  [1, long, long],
  [long, long, 1],
  [2048, 16, 2048],
  [2048, 2048, 16],
];

function thin(): BenchCase[] {
  return thinShapes.map(([m, k, n]) =>
    productCase({
      id: `matmul/f32/thin/${m}x${k}x${n}`,
      group: "matmul, thin",
      label: `${m}×${k} · ${k}×${n}`,
      dtype: "f32",
      spec: { ...square(n), m, k },
      when: "asked",
      peers: true,
    }),
  );
}

/** Few rows times weights that do not change: as they lie, and packed once beforehand. */
function fewRows(): BenchCase[] {
  const size = 1024;
  return [4, 16, 64, 128].flatMap((m) =>
    (
      [
        ["few-rows", "W", false],
        ["prepacked", "packed W", true],
      ] as const
    ).map(([kind, factor, isPacked]) =>
      productCase({
        id: `matmul/f32/${kind}/${m}x${size}x${size}`,
        group: "matmul, few rows",
        label: `${m}×${size} · ${factor}`,
        dtype: "f32",
        spec: { ...square(size), m },
        when: m === 16 || m === 64 ? "full" : "asked",
        prepacked: isPacked,
      }),
    ),
  );
}

function matrixTimesVector(): BenchCase[] {
  const large = 4096;
  return [
    ...both((dtype) => ({
      id: `matmul/${dtype}/row-times-matrix/1024`,
      group: "matrix times vector",
      label: "1×1024 · 1024×1024",
      spec: { ...square(1024), m: 1 },
    })),
    ...both((dtype) => ({
      id: `matmul/${dtype}/row-times-matrix/${large}`,
      group: "matrix times vector",
      label: `1×${large} · ${large}×${large}`,
      spec: { ...square(large), m: 1 },
      when: "asked",
      peers: dtype === "f32",
    })),
    ...both((dtype) => ({
      id: `matmul/${dtype}/matrix-times-column/${large}`,
      group: "matrix times vector",
      label: `${large}×${large} · ${large}×1`,
      spec: { ...square(large), n: 1 },
      when: "asked",
      peers: dtype === "f32",
    })),
  ];
}

function both(make: (dtype: FloatType) => Omit<ProductOptions, "dtype">): BenchCase[] {
  return dtypes.map((dtype) => productCase({ ...make(dtype), dtype }));
}

function square(n: number): MatmulSpec {
  return { m: n, n, k: n, transposeA: false, transposeB: false };
}
