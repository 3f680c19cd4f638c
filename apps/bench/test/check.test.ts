import { expect, test } from "vitest";
import { checkElements, checkProduct, type ProductOnHost } from "../src/check.js";
import { Random } from "../src/random.js";

const [m, n, k] = [9, 7, 11];

function example(
  options: Partial<Pick<ProductOnHost, "transposeA" | "transposeB" | "relu">> & {
    readonly withBias?: boolean;
  },
): { readonly product: ProductOnHost; readonly c: Float64Array } {
  const { transposeA = false, transposeB = false, relu = false, withBias = false } = options;
  const random = new Random("check");
  const a = random.values("f64", m * k);
  const b = random.values("f64", k * n);
  const bias = withBias ? random.values("f64", n) : undefined;
  const c = new Float64Array(m * n);
  for (let i = 0; i < m; i++) {
    for (let j = 0; j < n; j++) {
      let sum = bias?.[j] ?? 0;
      for (let l = 0; l < k; l++) {
        const x = a[transposeA ? l * m + i : i * k + l] as number;
        sum += x * (b[transposeB ? j * k + l : l * n + j] as number);
      }
      c[i * n + j] = relu ? Math.max(sum, 0) : sum;
    }
  }
  return { product: { m, n, k, transposeA, transposeB, relu, a, b, bias }, c };
}

test.each([
  {},
  { transposeA: true },
  { transposeB: true },
  { transposeA: true, transposeB: true },
  { withBias: true },
  { transposeB: true, withBias: true, relu: true },
])("a right product passes and a slightly wrong one does not: %j", (options) => {
  const { product, c } = example(options);
  expect(checkProduct(product, c, "f64")).toBeUndefined();
  expect(checkProduct(product, Float32Array.from(c), "f32")).toBeUndefined();
  expect(checkProduct(product, Float32Array.from(c), "f64")).toMatch(/instead of/);
  const wrong = c.map((value) => value + 1e-9);
  expect(checkProduct(product, wrong, "f64")).toMatch(/instead of/);
  expect(checkProduct(product, c.subarray(1), "f64")).toMatch(/62 elements instead of 63/);
  expect(checkProduct(product, c.fill(Number.NaN), "f64")).toMatch(/NaN/);
});

test.each([8, 16, 64])("equal errors in all %d columns do not cancel", (size) => {
  const random = new Random("equal");
  const zeros = new Float64Array(size * size);
  const [a, b] = [random.values("f64", size * size), zeros];
  const product = { m: size, n: size, k: size, transposeA: false, transposeB: false, a, b };
  expect(checkProduct(product, zeros, "f64")).toBeUndefined();
  const equal = zeros.map(() => 2 ** -30);
  expect(checkProduct(product, equal, "f64")).toMatch(/instead of/);
});

test.each([1, 40])("one wrong element in %d rows of 1000 long sums is noticed", (rows) => {
  const random = new Random("long");
  const [cols, length] = [1000, 1000];
  const [a, b] = [random.values("f32", rows * length), random.values("f32", length * cols)];
  const c = new Float32Array(rows * cols);
  for (let i = 0; i < rows; i++) {
    for (let l = 0; l < length; l++) {
      const at = a[i * length + l] as number;
      // In single precision, one after the other: the most rounding that a kernel may do.
      for (let j = 0; j < cols; j++) c[i * cols + j]! += at * (b[l * cols + j] as number);
    }
  }
  const plain = { transposeA: false, transposeB: false };
  const product = { m: rows, n: cols, k: length, ...plain, a, b };
  expect(checkProduct(product, c, "f32")).toBeUndefined();
  c[c.length - 7]! += 0.5;
  expect(checkProduct(product, c, "f32")).toMatch(/instead of/);
});

test("elements are compared one by one", () => {
  const at = (i: number): number => i;
  const none = (): number => 0;
  expect(checkElements(Float64Array.of(0, 1, 2), 3, at, none)).toBeUndefined();
  expect(checkElements(Float64Array.of(0, 1, 3), 3, at, none)).toBe("element 2 is 3 instead of 2");
  expect(checkElements(Float64Array.of(0, Number.NaN, 2), 3, at, none)).toMatch(/element 1 is NaN/);
});
