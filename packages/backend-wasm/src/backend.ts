import {
  asyncDisposeSymbol,
  type Backend,
  BlkError,
  bytesPerElement,
  type Capabilities,
  type DeviceBuffer,
  type DType,
  dtypes,
  type Elementwise,
  type ElementwiseMany,
  type Expr,
  type FusedKernels,
  type HostArray,
  type KernelTrial,
  type MatrixView,
  type MemoryUsage,
  newHostArray,
  type PackedOperand,
  type Product,
  type ProductOptions,
  type ProductPlan,
  type Reduction,
  type ReductionOp,
} from "@blk/core";
import { Buffers } from "./buffers.js";
import { Commands } from "./commands.js";
import type { Executor } from "./executor.js";
import { GemmKernels, type ParamsByType } from "./gemm-kernels.js";
import type { Kernel } from "./kernel.js";
import type { ComputeType } from "./kernels/arithmetic.js";
import { KnownExpressions } from "./known-expressions.js";
import type { LinearMemory } from "./linear-memory.js";
import { map, mapMany } from "./map.js";
import { packOperand } from "./pack.js";
import { checkParams } from "./params.js";
import { multiply, planProducts } from "./product.js";
import { RecentKernels } from "./recent-kernels.js";
import { reduce } from "./reduce.js";
import { gather, scatterAdd } from "./rows-by-index.js";
import { withSharedPacking } from "./shared-packing.js";
import { softmax } from "./softmax.js";
import type { Window } from "./window.js";
import type { Workspace } from "./workspace.js";

/** What a backend is made with, once the engine has been looked at. */
export interface BackendSettings {
  /** The engine in words, for people. */
  readonly device: string;
  readonly memory: LinearMemory;
  readonly executor: Executor;
  readonly reproducible: boolean;
  readonly params: ParamsByType;
  /** The arithmetics whose params are to stay as they are. */
  readonly fixed: readonly ComputeType[];
}

/**
 * The contract on WebAssembly: a call is done when it returns and throws what goes wrong. Buffers
 * are stretches of one linear memory; kernels are modules made when they are first needed.
 */
export class WasmBackend implements Backend {
  readonly name = "wasm";
  readonly specVersion = 1;
  readonly lost: Promise<Error> = new Promise(() => {});
  readonly fused: FusedKernels;
  readonly capabilities: Capabilities;
  private readonly executor: Executor;
  private readonly memory: LinearMemory;
  private readonly buffers: Buffers;
  private readonly workspace: Workspace;
  private readonly gemm: GemmKernels;
  private readonly allocateOwn = (byteLength: number): DeviceBuffer =>
    this.buffers.allocate(byteLength);

  constructor(settings: BackendSettings) {
    const { memory, executor, params } = settings;
    this.executor = executor;
    this.memory = memory;
    this.buffers = new Buffers(memory);
    this.workspace = new CallWorkspace(settings, this.buffers);
    for (const type of ["f32", "f64", "i32"] as const) checkParams(type, params[type]);
    const gemm = new GemmKernels(this.workspace, params, settings.fixed);
    this.gemm = gemm;
    this.capabilities = {
      device: settings.device,
      dtypes,
      maxBufferBytes: memory.maximumBytes - memory.border - 64,
      get threads(): number {
        return executor.threads;
      },
      blockHints: [32, 64, 128],
      rowIndexedTerms: true,
      keepsSubnormals: true,
      keepsNonFinite: true,
      get notes(): readonly string[] {
        return [...executor.notes, ...gemm.notes];
      },
      get trials(): readonly KernelTrial[] {
        return gemm.trials;
      },
    };
    this.fused = {
      softmax: (tasks: readonly Elementwise[]): void => {
        this.buffers.checkOpen("softmax");
        softmax(this.workspace, tasks);
      },
      mapMany: (tasks: readonly ElementwiseMany[], exprs: readonly Expr[]): void => {
        this.buffers.checkOpen("mapMany");
        mapMany(this.workspace, tasks, exprs);
      },
    };
  }

  allocate(byteLength: number): DeviceBuffer {
    this.buffers.checkOpen("allocate");
    return this.buffers.allocate(byteLength);
  }

  write(target: DeviceBuffer, data: HostArray, byteOffset = 0): void {
    this.buffers.checkOpen("write");
    const { address, byteLength } = this.buffers.own(target, "write");
    if (!Number.isInteger(byteOffset) || byteOffset < 0) {
      throw new BlkError("ARGUMENT", `write: byteOffset must be an integer ≥ 0, got ${byteOffset}`);
    }
    if (byteOffset + data.byteLength > byteLength) {
      throw new BlkError(
        "BOUNDS",
        `write: ${data.byteLength} bytes at ${byteOffset} do not fit into a buffer of ${byteLength}`,
      );
    }
    const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    this.memory.views.u8.set(bytes, address + byteOffset);
  }

  async read(view: MatrixView, options: { signal?: AbortSignal } = {}): Promise<HostArray> {
    options.signal?.throwIfAborted();
    this.buffers.checkOpen("read");
    const window = this.buffers.window(view, "read");
    const size = bytesPerElement(view.dtype);
    const array = this.memory.views[view.dtype] as HostArray;
    const { rows, cols } = view;
    const start = window.address / size;
    const [down, across] = [view.rowStride, view.colStride];
    if (rows === 0 || cols === 0) return newHostArray(view.dtype, 0);
    if (across === 1 && (down === cols || rows === 1))
      return array.slice(start, start + rows * cols);
    const packed = newHostArray(view.dtype, rows * cols);
    for (let i = 0, q = 0; i < rows; i++) {
      for (let j = 0, p = start + i * down; j < cols; j++, p += across) packed[q++] = array[p]!;
    }
    return packed;
  }

  async finish(): Promise<void> {
    this.buffers.checkOpen("finish");
  }

  multiply(products: readonly Product[], options: ProductOptions = {}): void {
    this.buffers.checkOpen("multiply");
    withSharedPacking(this.workspace, this.gemm, products, this.allocateOwn, (list) => {
      multiply(this.workspace, this.gemm, list, options);
    });
  }

  map(tasks: readonly Elementwise[], expr: Expr): void {
    this.buffers.checkOpen("map");
    map(this.workspace, tasks, expr);
  }

  reduce(
    tasks: readonly Reduction[],
    options: { readonly expr: Expr; readonly op: ReductionOp },
  ): void {
    this.buffers.checkOpen("reduce");
    reduce(this.workspace, tasks, options.expr, options.op);
  }

  gather(source: MatrixView, indices: MatrixView, out: MatrixView): void {
    this.buffers.checkOpen("gather");
    gather(this.workspace, source, indices, out);
  }

  scatterAdd(source: MatrixView, indices: MatrixView, out: MatrixView): void {
    this.buffers.checkOpen("scatterAdd");
    scatterAdd(this.workspace, source, indices, out);
  }

  memoryUsage(): MemoryUsage {
    return this.buffers.usage();
  }

  pack(b: MatrixView): PackedOperand {
    this.buffers.checkOpen("pack");
    return packOperand(this.workspace, this.gemm, b, this.allocateOwn);
  }

  plan(products: readonly Product[]): ProductPlan {
    return planProducts(this.workspace, this.gemm, products);
  }

  /** The elements of a live buffer, in place; until memory grows or the buffer is disposed. */
  hostMemory(buffer: DeviceBuffer, dtype: DType): HostArray {
    this.buffers.checkOpen("hostMemory");
    const { address, byteLength } = this.buffers.own(buffer, "hostMemory");
    const size = bytesPerElement(dtype);
    const start = address / size;
    return (this.memory.views[dtype] as HostArray).subarray(
      start,
      start + Math.floor(byteLength / size),
    );
  }

  async dispose(): Promise<void> {
    this.gemm.stop();
    this.buffers.close();
    await this.executor.dispose();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.dispose();
  }

  static {
    // Where an engine lacks Symbol.asyncDispose, lowered `await using` looks for this symbol.
    const dispose = WasmBackend.prototype.dispose;
    Object.defineProperty(WasmBackend.prototype, asyncDisposeSymbol, { value: dispose });
  }
}

class CallWorkspace implements Workspace {
  readonly memory: LinearMemory;
  readonly commands: Commands;
  readonly executor: Executor;
  readonly expressions: KnownExpressions = new KnownExpressions();
  readonly reproducible: boolean;
  readonly fused: boolean;
  private readonly buffers: Buffers;
  private readonly kernels = new RecentKernels();

  constructor(settings: BackendSettings, buffers: Buffers) {
    const { memory, executor, reproducible, params } = settings;
    this.memory = memory;
    this.commands = new Commands(memory);
    this.executor = executor;
    this.reproducible = reproducible;
    this.fused = params.f32.fused;
    this.buffers = buffers;
  }

  kernel(name: string, generate: () => Kernel): Kernel {
    return this.kernels.get(name, generate);
  }

  window(view: MatrixView, operation: string): Window {
    return this.buffers.window(view, operation);
  }
}
