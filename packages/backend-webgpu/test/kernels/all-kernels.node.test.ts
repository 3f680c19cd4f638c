import {
  type Backend,
  type DType,
  denseView,
  type Expr,
  expr,
  gelu,
  type MatrixView,
  openBackend,
  type ReductionOp,
} from "@blk/core";
import { expect, test } from "vitest";
import { webgpu } from "../../src/index.js";
import { findCompiler } from "../gpu.js";
import { pretending } from "../pretending.js";

/** What the compiler says about each kernel that a backend makes, by its name. */
const complaints = new Map<string, Promise<readonly string[]>>();

function watched(device: GPUDevice): GPUDevice {
  const createShaderModule = (descriptor: GPUShaderModuleDescriptor): GPUShaderModule => {
    const module = device.createShaderModule(descriptor);
    const said = module.getCompilationInfo();
    const lines = said.then(({ messages }) => messages.map(({ message }) => message));
    complaints.set(descriptor.label ?? "a trial", lines);
    return module;
  };
  return pretending(device, { createShaderModule });
}

// Held, as the implementation in Node ends when nobody refers to it.
const compiler = await findCompiler();
const gpu = {
  async requestAdapter(): Promise<GPUAdapter> {
    const adapter = (await compiler.requestAdapter()) as GPUAdapter;
    const requestDevice = async (descriptor: GPUDeviceDescriptor): Promise<GPUDevice> =>
      watched(await adapter.requestDevice(descriptor));
    return pretending(adapter, { requestDevice });
  },
} as unknown as GPU;

const dtypes = ["f32", "f16", "i32"] as const;
const [x, y] = [expr.input(0), expr.input(1)];

/** Expressions that between them have every operator. */
function everyOperator(isFloat: boolean): readonly Expr[] {
  const ofAll = [
    expr.select(expr.less(x, y), expr.add(expr.mul(x, y), expr.abs(expr.sub(x, y))), expr.neg(x)),
    expr.max(expr.min(x, 3), expr.equal(x, y)),
  ];
  if (!isFloat) return ofAll;
  const smooth = expr.add(expr.exp(x), expr.add(expr.log(y), expr.tanh(expr.div(x, y))));
  return [...ofAll, gelu(x), expr.pow(expr.add(expr.sqrt(expr.floor(x)), smooth), y)];
}

test("WGSL of every kind of kernel has no errors and no warnings", async () => {
  const backend: Backend = await openBackend([webgpu({ gpu })]);
  const matrix = (dtype: DType, rows: number, cols: number): MatrixView =>
    denseView(backend.allocate(4 * rows * cols + 64), dtype, rows, cols);
  for (const dtype of dtypes) {
    const [a, b, out] = [0, 1, 2].map(() => matrix(dtype, 40, 40)) as [
      MatrixView,
      MatrixView,
      MatrixView,
    ];
    for (const each of everyOperator(dtype !== "i32")) {
      backend.map([{ inputs: [a, b], out }], each);
      backend.map([{ inputs: [a, out], out }], each);
    }
    for (const to of dtypes) backend.map([{ inputs: [a], out: matrix(to, 40, 40) }], x);
    backend.fused?.mapMany?.([{ inputs: [a, b], outs: [a, out] }], [expr.add(x, y), x]);
    for (const op of ["sum", "max", "min", "argmax"] satisfies ReductionOp[]) {
      const type = op === "argmax" ? "i32" : dtype;
      const long = matrix(dtype, 1, 70_000);
      for (const [rows, cols] of [
        [40, 1],
        [1, 40],
        [1, 1],
      ] as const) {
        backend.reduce([{ inputs: [a], out: matrix(type, rows, cols) }], { expr: x, op });
      }
      backend.reduce([{ inputs: [long], out: matrix(type, 1, 1) }], { expr: x, op });
    }
    const indices = matrix("i32", 40, 1);
    backend.gather(a, indices, out);
    backend.scatterAdd(a, indices, out);
    if (dtype !== "i32") backend.fused?.softmax?.([{ inputs: [a], out }]);
    for (const cols of [1, 4, 40]) {
      const terms = [{ a, b: { ...b, cols } }];
      backend.multiply([{ c: { ...out, cols }, terms }]);
      const deep = { a: matrix(dtype, 9, 3000), b: matrix(dtype, 3000, cols) };
      backend.multiply([{ c: matrix(dtype, 9, cols), terms: [deep] }], { beta: 1 });
    }
    backend.multiply([{ c: out, terms: [{ a, b, rows: indices }] }]);
    backend.multiply([{ c: out, terms: [] }]);
  }
  backend.write(matrix("f16", 1, 3).buffer, new Uint16Array(3), 2);
  await backend.finish();
  const found = await Promise.all(
    [...complaints].map(async ([name, lines]) => ({ name, lines: await lines })),
  );
  expect(found.filter(({ lines }) => lines.length > 0)).toEqual([]);
  const kinds = new Set(found.map(({ name }) => name.split("_")[0]));
  const all = [
    "a trial",
    "gather",
    "gemm",
    "gemv",
    "map",
    "reduce",
    "scatterAdd",
    "softmax",
    "write",
  ];
  expect([...kinds].sort()).toEqual(all);
  await backend.dispose();
});
