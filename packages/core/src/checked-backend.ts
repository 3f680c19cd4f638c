import type {
  Backend,
  Elementwise,
  ElementwiseMany,
  FusedKernels,
  MatrixView,
  PackedOperand,
  Product,
  ProductOptions,
  Reduction,
  ReductionOp,
} from "./backend.js";
import {
  checkAliases,
  checkAliasesInPlace,
  checkComputeType,
  checkSameShape,
  checkView,
  disposed,
} from "./check-views.js";
import { computeDType, type HostArray } from "./dtype.js";
import { BlkError } from "./errors.js";
import type { Expr } from "./expression/expression.js";
import { checkExpression } from "./ops/expression-of.js";
import { mostOuts } from "./ops/map-into.js";
import { asyncDisposeSymbol } from "./symbols.js";

/**
 * The same backend with the contract's preconditions verified before each call: the place to look
 * when a kernel, or the code that calls it, misbehaves. The checks cost time, so the fast path
 * goes without them; the conformance suite runs with them.
 *
 * Throws `BOUNDS`, `SHAPE`, `DTYPE`, `ALIAS`, `DISPOSED` or `ARGUMENT`.
 */
export function checked(backend: Backend): Backend {
  return new CheckedBackend(backend);
}

class CheckedBackend implements Backend {
  readonly name: string;
  readonly specVersion = 1 as const;
  readonly capabilities: Backend["capabilities"];
  readonly lost: Promise<Error>;
  declare readonly plan?: NonNullable<Backend["plan"]>;
  declare readonly hostMemory?: NonNullable<Backend["hostMemory"]>;
  declare readonly fused?: NonNullable<Backend["fused"]>;
  declare readonly pack?: NonNullable<Backend["pack"]>;
  private readonly inner: Backend;
  /** What this backend packed, and of what. */
  private readonly packed: WeakMap<PackedOperand, MatrixView> = new WeakMap();

  constructor(inner: Backend) {
    this.inner = inner;
    this.name = inner.name;
    this.capabilities = inner.capabilities;
    this.lost = inner.lost;
    const { plan, hostMemory, fused, pack } = inner;
    if (plan !== undefined) this.plan = plan.bind(inner);
    if (hostMemory !== undefined) this.hostMemory = hostMemory.bind(inner);
    if (fused !== undefined) this.fused = checkedKernels(fused);
    if (pack !== undefined) {
      this.pack = (b) => {
        const packed = pack.call(inner, checkView("pack", b));
        this.packed.set(packed, b);
        return packed;
      };
    }
  }

  allocate(byteLength: number): ReturnType<Backend["allocate"]> {
    if (!Number.isSafeInteger(byteLength) || byteLength < 0) {
      throw new BlkError("ARGUMENT", `allocate: expected a number of bytes, got ${byteLength}`);
    }
    return this.inner.allocate(byteLength);
  }

  write(target: Parameters<Backend["write"]>[0], data: HostArray, byteOffset = 0): void {
    if (target.disposed) throw disposed("write");
    if (byteOffset < 0 || byteOffset + data.byteLength > target.byteLength) {
      throw new BlkError(
        "BOUNDS",
        `write: ${data.byteLength} bytes at ${byteOffset} do not fit into a buffer of ${target.byteLength}`,
      );
    }
    this.inner.write(target, data, byteOffset);
  }

  read(view: MatrixView, options?: { signal?: AbortSignal }): Promise<HostArray> {
    try {
      checkView("read", view);
    } catch (error) {
      return Promise.reject(error);
    }
    return this.inner.read(view, options);
  }

  finish(): Promise<void> {
    return this.inner.finish();
  }

  multiply(products: readonly Product[], options: ProductOptions = {}): void {
    for (const product of products) {
      checkProduct(product, options);
      for (const { b, packed } of product.terms) {
        if (packed !== undefined) checkPacked(packed, this.packed.get(packed), b);
      }
    }
    checkAliases(
      "multiply",
      products.map(({ c }) => c),
      products.flatMap(({ terms, operands = [] }) => [
        ...terms.flatMap(({ a, b, rows }) => (rows === undefined ? [a, b] : [a, b, rows])),
        ...operands,
      ]),
    );
    this.inner.multiply(products, options);
  }

  map(tasks: readonly Elementwise[], expr: Expr): void {
    for (const { inputs, out } of tasks) {
      for (const view of inputs) checkSameShape("map", checkView("map", view), out);
      checkExpression("map", expr, inputs.length, checkView("map", out).dtype);
    }
    checkTasks("map", tasks);
    this.inner.map(tasks, expr);
  }

  reduce(
    tasks: readonly Reduction[],
    options: { readonly expr: Expr; readonly op: ReductionOp },
  ): void {
    for (const task of tasks) checkReduction(task, options);
    checkTasks("reduce", tasks);
    this.inner.reduce(tasks, options);
  }

  gather(source: MatrixView, indices: MatrixView, out: MatrixView): void {
    checkIndexed("gather", source, indices, out, out.rows);
    this.inner.gather(source, indices, out);
  }

  scatterAdd(source: MatrixView, indices: MatrixView, out: MatrixView): void {
    checkIndexed("scatterAdd", source, indices, out, source.rows);
    this.inner.scatterAdd(source, indices, out);
  }

  memoryUsage(): ReturnType<Backend["memoryUsage"]> {
    return this.inner.memoryUsage();
  }

  dispose(): Promise<void> {
    return this.inner.dispose();
  }

  [asyncDisposeSymbol](): Promise<void> {
    return this.dispose();
  }
}

function checkedKernels(fused: Partial<FusedKernels>): Partial<FusedKernels> {
  const { softmax, mapMany } = fused;
  return {
    ...(softmax && {
      softmax: (tasks: readonly Elementwise[]): void => {
        for (const { inputs, out } of tasks) checkSoftmax(inputs, out);
        checkTasks("softmax", tasks);
        softmax.call(fused, tasks);
      },
    }),
    ...(mapMany && {
      mapMany: (tasks: readonly ElementwiseMany[], exprs: readonly Expr[]): void => {
        for (const task of tasks) checkMany(task, exprs);
        checkAliasesInPlace("mapMany", tasks);
        mapMany.call(fused, tasks, exprs);
      },
    }),
  };
}

function checkMany({ inputs, outs }: ElementwiseMany, exprs: readonly Expr[]): void {
  const [first] = outs;
  if (first === undefined || exprs.length > mostOuts || exprs.length !== outs.length) {
    throw new BlkError(
      "ARGUMENT",
      `mapMany: expected 1 to ${mostOuts} expressions and as many outputs, got ${exprs.length} and ${outs.length}`,
    );
  }
  for (const [k, out] of outs.entries()) {
    checkComputeType("mapMany", checkView("mapMany", out), first);
    checkExpression("mapMany", exprs[k] as Expr, inputs.length, out.dtype);
  }
  for (const view of [...inputs, ...outs]) {
    checkSameShape("mapMany", checkView("mapMany", view), first);
  }
}

function checkSoftmax(inputs: readonly MatrixView[], out: MatrixView): void {
  const [first] = inputs;
  if (first === undefined || inputs.length !== 1) {
    throw new BlkError("ARGUMENT", `softmax: expected one input, got ${inputs.length}`);
  }
  for (const view of [first, out]) {
    if (computeDType(checkView("softmax", view).dtype) === "i32") {
      throw new BlkError("DTYPE", "softmax: expected floating point, got i32");
    }
  }
  checkSameShape("softmax", first, out);
}

function checkProduct({ c, terms, operands = [] }: Product, options: ProductOptions): void {
  checkView("multiply", c);
  for (const { a, b, rows } of terms) {
    for (const view of [a, b]) checkComputeType("multiply", checkView("multiply", view), c);
    const height = rows === undefined ? a.rows : checkView("multiply", rows).rows;
    if (height !== c.rows || b.cols !== c.cols || a.cols !== b.rows) {
      throw new BlkError(
        "SHAPE",
        `multiply: ${height}×${a.cols} times ${b.rows}×${b.cols} does not give ${c.rows}×${c.cols}`,
      );
    }
  }
  for (const operand of operands) {
    checkComputeType("multiply", checkView("multiply", operand), c);
    checkSameShape("multiply", operand, c);
  }
  const { epilogue } = options;
  if (epilogue !== undefined) {
    checkExpression("multiply", epilogue, operands.length + 1, c.dtype);
  }
}

/** `source`: the view that this backend packed, if it did. */
function checkPacked(packed: PackedOperand, source: MatrixView | undefined, b: MatrixView): void {
  if (source === undefined) {
    throw new BlkError("BACKEND_MISMATCH", "multiply: this backend did not make what is packed");
  }
  if (packed.disposed) throw disposed("multiply");
  const { dtype, rows, cols } = source;
  if (dtype !== b.dtype) {
    throw new BlkError("DTYPE", `multiply: ${dtype} was packed, but the term is of ${b.dtype}`);
  }
  if (rows !== b.rows || cols !== b.cols) {
    throw new BlkError(
      "SHAPE",
      `multiply: ${rows}×${cols} was packed, but b is ${b.rows}×${b.cols}`,
    );
  }
}

function checkReduction(
  { inputs, out }: Reduction,
  { expr, op }: { readonly expr: Expr; readonly op: ReductionOp },
): void {
  const [first] = inputs;
  if (first === undefined) throw new BlkError("ARGUMENT", "reduce: expected an input");
  checkView("reduce", out);
  for (const view of inputs) {
    checkSameShape("reduce", checkView("reduce", view), first);
    checkComputeType("reduce", view, first);
  }
  const fits =
    (out.rows === first.rows || out.rows === 1) &&
    (out.cols === first.cols || out.cols === 1) &&
    (out.rows === 1 || out.cols === 1);
  if (!fits) {
    throw new BlkError(
      "SHAPE",
      `reduce: ${first.rows}×${first.cols} reduces to ${first.rows}×1, 1×${first.cols} or 1×1, not to ${out.rows}×${out.cols}`,
    );
  }
  if (op === "argmax" && out.dtype !== "i32") {
    throw new BlkError("DTYPE", `reduce: argmax writes i32, but out is ${out.dtype}`);
  }
  if (op !== "argmax") checkComputeType("reduce", out, first);
  checkExpression("reduce", expr, inputs.length, first.dtype);
}

function checkIndexed(
  operation: string,
  source: MatrixView,
  indices: MatrixView,
  out: MatrixView,
  count: number,
): void {
  for (const view of [source, indices, out]) checkView(operation, view);
  if (source.dtype !== out.dtype || indices.dtype !== "i32") {
    throw new BlkError(
      "DTYPE",
      `${operation}: source ${source.dtype}, indices ${indices.dtype}, out ${out.dtype}; indices must be i32 and the others alike`,
    );
  }
  if (source.cols !== out.cols || indices.rows !== count || indices.cols !== 1) {
    throw new BlkError(
      "SHAPE",
      `${operation}: source ${source.rows}×${source.cols}, indices ${indices.rows}×${indices.cols}, out ${out.rows}×${out.cols} do not fit together`,
    );
  }
  checkAliases(operation, [out], [source, indices]);
}

function checkTasks(operation: string, tasks: readonly Elementwise[]): void {
  checkAliases(
    operation,
    tasks.map(({ out }) => out),
    tasks.flatMap(({ inputs }) => inputs),
  );
}
