import {
  asyncDisposeSymbol,
  type Backend,
  BlkError,
  type Capabilities,
  type DeviceBuffer,
  type DType,
  dtypes,
  type Elementwise,
  type ElementwiseMany,
  type Expr,
  type FusedKernels,
  type HostArray,
  type MatrixView,
  type MemoryUsage,
  newHostArray,
  type Product,
  type ProductOptions,
  type ProductPlan,
  type Reduction,
  type ReductionOp,
} from "@blk/core";
import { map, mapMany } from "./elementwise.js";
import { describeEngine } from "./engine.js";
import { Memory, type MemoryLimits, maxBufferBytes } from "./memory.js";
import type { Params } from "./params.js";
import { multiply, planProducts } from "./product.js";
import { reduce } from "./reduce.js";
import { gather, scatterAdd } from "./rows-by-index.js";
import { softmax } from "./softmax.js";
import { Workspace } from "./workspace.js";

/** A backend with the given sizes and limits. */
export function createJsBackend(params: Params, limits: MemoryLimits): Backend {
  return new JsBackend(params, limits);
}

/**
 * The contract in plain JavaScript, on the thread that calls: every call is done when it returns,
 * and throws what goes wrong. It is the readable specification of what the other backends compute.
 */
class JsBackend implements Backend {
  readonly name = "js";
  readonly specVersion = 1;
  readonly capabilities: Capabilities;
  /** Never resolves: the engine cannot be lost. */
  readonly lost: Promise<Error> = new Promise(() => {});
  readonly fused: FusedKernels;
  private readonly memory: Memory;
  private readonly workspace: Workspace;

  constructor(params: Params, limits: MemoryLimits) {
    this.memory = new Memory(limits);
    this.workspace = new Workspace(this.memory, params);
    this.capabilities = {
      device: describeEngine(),
      dtypes,
      maxBufferBytes: Math.min(maxBufferBytes, limits.total),
      threads: 1,
      blockHints: [16, 32, 64, 128],
      rowIndexedTerms: true,
      keepsSubnormals: true,
      keepsNonFinite: true,
      notes: ["one thread; f32 and f16 are summed in double and rounded once"],
    };
    this.fused = {
      softmax: (tasks: readonly Elementwise[]): void => {
        this.memory.checkOpen("softmax");
        softmax(this.workspace, tasks);
      },
      mapMany: (tasks: readonly ElementwiseMany[], exprs: readonly Expr[]): void => {
        this.memory.checkOpen("mapMany");
        mapMany(this.workspace, tasks, exprs);
      },
    };
  }

  allocate(byteLength: number): DeviceBuffer {
    this.memory.checkOpen("allocate");
    return this.memory.allocate(byteLength);
  }

  write(target: DeviceBuffer, data: HostArray, byteOffset = 0): void {
    this.memory.checkOpen("write");
    const { slab } = this.memory.own(target, "write");
    if (!Number.isInteger(byteOffset) || byteOffset < 0) {
      throw new BlkError("ARGUMENT", `write: byteOffset must be an integer ≥ 0, got ${byteOffset}`);
    }
    if (byteOffset + data.byteLength > target.byteLength) {
      throw new BlkError(
        "BOUNDS",
        `write: ${data.byteLength} bytes at ${byteOffset} do not fit into a buffer of ${target.byteLength}`,
      );
    }
    const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    new Uint8Array(slab!.bytes).set(bytes, byteOffset);
  }

  async read(view: MatrixView, options: { signal?: AbortSignal } = {}): Promise<HostArray> {
    options.signal?.throwIfAborted();
    this.memory.checkOpen("read");
    const { array, rows, cols, offset, rowStride, colStride } = this.memory.window(view, "read");
    if (rowStride === cols && colStride === 1) return array.slice(offset, offset + rows * cols);
    const packed = newHostArray(view.dtype, rows * cols);
    let q = 0;
    for (let i = 0; i < rows; i++) {
      let p = offset + i * rowStride;
      for (let j = 0; j < cols; j++, p += colStride) packed[q++] = array[p]!;
    }
    return packed;
  }

  async finish(): Promise<void> {
    this.memory.checkOpen("finish");
  }

  multiply(products: readonly Product[], options: ProductOptions = {}): void {
    this.memory.checkOpen("multiply");
    multiply(this.workspace, products, options);
  }

  map(tasks: readonly Elementwise[], expr: Expr): void {
    this.memory.checkOpen("map");
    map(this.workspace, tasks, expr);
  }

  reduce(
    tasks: readonly Reduction[],
    options: { readonly expr: Expr; readonly op: ReductionOp },
  ): void {
    this.memory.checkOpen("reduce");
    reduce(this.workspace, tasks, options.expr, options.op);
  }

  gather(source: MatrixView, indices: MatrixView, out: MatrixView): void {
    this.memory.checkOpen("gather");
    gather(this.workspace, source, indices, out);
  }

  scatterAdd(source: MatrixView, indices: MatrixView, out: MatrixView): void {
    this.memory.checkOpen("scatterAdd");
    scatterAdd(this.workspace, source, indices, out);
  }

  memoryUsage(): MemoryUsage {
    return this.memory.usage();
  }

  plan(products: readonly Product[]): ProductPlan {
    return planProducts(this.workspace, products);
  }

  /** The elements of a live buffer, in place; not to be kept beyond its disposal. */
  hostMemory(buffer: DeviceBuffer, dtype: DType): HostArray {
    this.memory.checkOpen("hostMemory");
    return this.memory.array(buffer, dtype, "hostMemory");
  }

  async dispose(): Promise<void> {
    this.memory.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.dispose();
  }

  static {
    // Where an engine lacks Symbol.asyncDispose, lowered `await using` looks for this symbol.
    const dispose = JsBackend.prototype.dispose;
    Object.defineProperty(JsBackend.prototype, asyncDisposeSymbol, { value: dispose });
  }
}
