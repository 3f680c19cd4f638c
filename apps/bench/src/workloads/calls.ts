import { type Backend, BlockMatrix, denseView, matmul, type Product } from "@blk/core";
import { checkElements, roundoff } from "../check.js";
import type { BenchCase, Instance, Prepared } from "./bench-case.js";

const [a, b] = [Math.fround(1.3), Math.fround(-0.7)];

/** What a call costs when there is next to nothing to compute: a product of two numbers. */
export function callCases(): BenchCase[] {
  return [
    callCase("call/f32/multiply/1", "multiply of the contract, all memory reused", multiply),
    callCase("call/f32/matmul-out/1", "matmul(a, b, { out })", multiplyInto),
  ];
}

function callCase(id: string, label: string, prepare: Instance["prepare"]): BenchCase {
  return {
    id,
    group: "one call, n = 1",
    label,
    dtype: "f32",
    flops: 2,
    bytes: 3 * Float32Array.BYTES_PER_ELEMENT,
    unit: "call",
    when: "always",
    peers: false,
    create: () => ({
      prepare,
      check: (result) =>
        checkElements(
          result,
          1,
          () => a * b,
          () => roundoff.f32 * Math.abs(a * b),
        ),
    }),
  };
}

function multiply(backend: Backend): Prepared {
  const buffers = [[a], [b], [0]].map((values) => {
    const buffer = backend.allocate(Float32Array.BYTES_PER_ELEMENT);
    backend.write(buffer, Float32Array.from(values));
    return buffer;
  });
  const [x, y, c] = buffers.map((buffer) => denseView(buffer, "f32", 1, 1)) as [View, View, View];
  const products: readonly Product[] = [{ c, terms: [{ a: x, b: y }] }];
  return {
    run: () => backend.multiply(products),
    result: async () => (await backend.read(c)) as Float32Array,
    dispose() {
      for (const buffer of buffers) buffer.dispose();
    },
  };
}

type View = Product["c"];

function multiplyInto(backend: Backend): Prepared {
  const matrices = [a, b, 0].map((value) => BlockMatrix.fromRows(backend, [[value]]));
  const [x, y, out] = matrices as [BlockMatrix, BlockMatrix, BlockMatrix];
  return {
    run: () => void matmul(x, y, { out }),
    result: () => out.toArray(),
    dispose() {
      for (const matrix of matrices) matrix.dispose();
    },
  };
}
