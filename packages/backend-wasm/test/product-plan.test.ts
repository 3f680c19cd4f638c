import { type DeviceBuffer, denseView, type MatrixView, transposeView } from "@blk/core";
import { expect, test } from "vitest";
import { GemmKernels } from "../src/gemm-kernels.js";
import { defaultParams } from "../src/params.js";
import { type PlannedProduct, planProduct, shareProducts } from "../src/product-plan.js";
import { createTestWorkspace } from "./workspace.js";

const params = defaultParams("f32", false);

/** A matrix that is planned with and never read. */
function matrix(rows: number, cols: number): MatrixView {
  const buffer: DeviceBuffer & { readonly address: number } = {
    ...{ byteLength: 4 * rows * cols, address: 0 },
    ...{ disposed: false, dispose: () => undefined },
  };
  return denseView(buffer, "f32", rows, cols);
}

/** The plan of `m×k · k×n`, cut for two threads. */
function cut(m: number, k: number, n: number, b: MatrixView = matrix(k, n)): PlannedProduct {
  const { workspace } = createTestWorkspace();
  const kernels = new GemmKernels(workspace, { f32: params, f64: params, i32: params });
  const terms = [{ a: matrix(m, k), b }];
  const plan = planProduct(workspace, kernels, { c: matrix(m, n), terms }, {});
  shareProducts([plan], 2);
  return plan;
}

test("pieces of many rows are whole tiles", () => {
  const { itemRows } = cut(512, 512, 512);
  expect(itemRows).toBeLessThan(512);
  expect(itemRows % params.mr).toBe(0);
});

test("a matrix that is read by rows is not cut into short stretches", () => {
  expect(cut(1, 4096, 4096).itemCols).toBe(4096);
  expect(cut(3, 4096, 8192).itemCols).toBe(8192);
  expect(cut(1, 1024, 40_000).itemCols).toBeGreaterThanOrEqual(8000);
  expect(cut(1, 1024, 40_000).itemCols).toBeLessThan(40_000);
});

test("one that is read by whole rows, or packed, is cut small", () => {
  expect(cut(4096, 4096, 1).itemCols).toBeLessThan(4096 / 4);
  expect(cut(1, 4096, 4096, transposeView(matrix(4096, 4096))).itemCols).toBeLessThan(4096 / 4);
  expect(cut(16, 1024, 1024).itemCols).toBeLessThan(1024 / 4);
});
