import {
  asyncDisposeSymbol,
  type Backend,
  BlkError,
  bytesPerElement,
  type Capabilities,
  type DeviceBuffer,
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
import { Buffers } from "./buffers.js";
import { DeviceWorkspace } from "./device-workspace.js";
import { Faults } from "./faults.js";
import type { WebGpuOptions } from "./index.js";
import { keptNumbers } from "./kept-numbers.js";
import { map, mapMany } from "./map.js";
import {
  checkProductParams,
  defaultParams,
  deviceClassOf,
  halfStrip,
  type ProductParams,
  type TileLimits,
} from "./params.js";
import { Pipelines } from "./pipelines.js";
import { multiply, planProducts } from "./product.js";
import { Queue, type QueueCounts } from "./queue.js";
import { reduce } from "./reduce.js";
import { gather, scatterAdd } from "./rows-by-index.js";
import { softmax } from "./softmax.js";
import { type Trial, tryTiles } from "./tuner.js";
import { writeBytes } from "./write.js";

/** What a backend is made with, once there is a device. */
export interface BackendSettings {
  readonly device: GPUDevice;
  /** The adapter in words, for people. */
  readonly description: string;
  /** Whether four neighbouring invocations can tell one another numbers. */
  readonly quads: boolean;
  /** Whether products of f16 factors are computed in f16; kernels that do so compile on the device. */
  readonly halfArithmetic: boolean;
  /** What products run with. Default: by the adapter's kind. */
  readonly params?: WebGpuOptions["params"];
  /** The implementation that the device is of. */
  readonly gpu?: WebGpuOptions["gpu"];
}

/**
 * The contract on WebGPU. Calls record work and return; the device does it in order, and what it
 * complains of rejects the next `read` or `finish`.
 */
export class WebGpuBackend implements Backend {
  readonly name = "webgpu";
  readonly specVersion = 1;
  readonly lost: Promise<Error>;
  readonly fused: FusedKernels;
  /** Held, as implementations in Node end when nobody refers to them, whatever they still do. */
  readonly gpu: GPU | undefined;
  private known: Capabilities;
  private readonly device: GPUDevice;
  private readonly faults: Faults;
  private readonly queue: Queue;
  private readonly buffers: Buffers;
  private readonly workspace: DeviceWorkspace;
  private readonly tileLimits: TileLimits;

  private constructor(settings: BackendSettings) {
    const { device, description, quads, halfArithmetic, params, gpu } = settings;
    this.gpu = gpu;
    const limits = tileLimits(device, quads);
    const kept = typeof params === "function" ? params(description) : params;
    const chosen =
      kept == null
        ? defaultParams(deviceClassOf(description), limits)
        : checkProductParams(kept, limits);
    this.tileLimits = limits;
    this.device = device;
    this.faults = new Faults(device);
    this.lost = this.faults.lost;
    const queue = new Queue(device, new Pipelines(device), this.faults);
    this.queue = queue;
    this.buffers = new Buffers(device, this.faults, (memory) => queue.retire(memory));
    const products = { params: chosen, halfArithmetic };
    this.workspace = new DeviceWorkspace(device, queue, this.buffers, products);
    const { maxBufferSize, maxStorageBufferBindingSize } = device.limits;
    this.known = {
      device: description,
      dtypes: ["f32", "f16", "i32"],
      maxBufferBytes: Math.min(maxBufferSize, maxStorageBufferBindingSize),
      threads: 1,
      blockHints: [64, 128],
      rowIndexedTerms: true,
      keepsSubnormals: false,
      keepsNonFinite: false,
      notes: [
        "f64 does not exist on WebGPU: use f32, or wasm() or js() for it",
        halfArithmetic
          ? `f16 is stored; tiles of products of f16 factors are multiplied and added in f16 within strips of ${halfStrip} of k, as halfArithmetic asks, all else in f32`
          : "f16 is stored, and computed in f32",
        "WGSL lets an engine assume that there is no NaN and no infinity, and flush subnormal numbers; what this one keeps was tried when it was opened",
      ],
    };
    this.fused = {
      softmax: (tasks: readonly Elementwise[]): void => {
        this.check("softmax");
        softmax(this.workspace, tasks);
      },
      mapMany: (tasks: readonly ElementwiseMany[], exprs: readonly Expr[]): void => {
        this.check("mapMany");
        mapMany(this.workspace, tasks, exprs);
      },
    };
  }

  /** A backend whose capabilities say what its device keeps of IEEE 754. */
  static async open(settings: BackendSettings): Promise<WebGpuBackend> {
    const backend = new WebGpuBackend(settings);
    try {
      backend.known = { ...backend.known, ...(await keptNumbers(backend)) };
      return backend;
    } catch (error) {
      await backend.dispose();
      throw error;
    }
  }

  get capabilities(): Capabilities {
    return this.known;
  }

  /** What the device was given so far: dispatches, submissions, bytes read back. */
  get counts(): QueueCounts {
    return this.queue.counts;
  }

  allocate(byteLength: number): DeviceBuffer {
    this.check("allocate");
    return this.buffers.allocate(byteLength);
  }

  write(target: DeviceBuffer, data: HostArray, byteOffset = 0): void {
    this.check("write");
    const buffer = this.buffers.own(target, "write");
    if (!Number.isInteger(byteOffset) || byteOffset < 0) {
      throw new BlkError("ARGUMENT", `write: byteOffset must be an integer ≥ 0, got ${byteOffset}`);
    }
    if (byteOffset + data.byteLength > buffer.byteLength) {
      throw new BlkError(
        "BOUNDS",
        `write: ${data.byteLength} bytes at ${byteOffset} do not fit into a buffer of ${buffer.byteLength}`,
      );
    }
    writeBytes(this.workspace, this.queue, buffer, data, byteOffset);
  }

  async read(view: MatrixView, options: { signal?: AbortSignal } = {}): Promise<HostArray> {
    const { signal } = options;
    signal?.throwIfAborted();
    this.check("read");
    const { memory } = this.buffers.ofView(view, "read");
    const { dtype, rows, cols, rowStride, colStride } = view;
    const packed = newHostArray(dtype, rows * cols);
    if (packed.length === 0) return packed;
    const size = bytesPerElement(dtype);
    const first =
      view.offset + Math.min(0, (rows - 1) * rowStride) + Math.min(0, (cols - 1) * colStride);
    const last =
      view.offset + Math.max(0, (rows - 1) * rowStride) + Math.max(0, (cols - 1) * colStride);
    const start = Math.floor((first * size) / 4) * 4;
    const end = Math.ceil(((last + 1) * size) / 4) * 4;
    const bytes = await this.queue.read(memory, start, end - start);
    signal?.throwIfAborted();
    const elements = new (packed.constructor as new (bytes: ArrayBuffer) => HostArray)(bytes);
    const origin = view.offset - start / size;
    for (let i = 0, q = 0; i < rows; i++) {
      for (let j = 0, p = origin + i * rowStride; j < cols; j++, p += colStride) {
        packed[q++] = elements[p]!;
      }
    }
    return packed;
  }

  async finish(): Promise<void> {
    this.check("finish");
    await this.queue.finish();
  }

  multiply(products: readonly Product[], options: ProductOptions = {}): void {
    this.check("multiply");
    multiply(this.workspace, products, options);
  }

  map(tasks: readonly Elementwise[], expr: Expr): void {
    this.check("map");
    map(this.workspace, tasks, expr);
  }

  reduce(
    tasks: readonly Reduction[],
    options: { readonly expr: Expr; readonly op: ReductionOp },
  ): void {
    this.check("reduce");
    reduce(this.workspace, tasks, options.expr, options.op);
  }

  gather(source: MatrixView, indices: MatrixView, out: MatrixView): void {
    this.check("gather");
    gather(this.workspace, source, indices, out);
  }

  scatterAdd(source: MatrixView, indices: MatrixView, out: MatrixView): void {
    this.check("scatterAdd");
    scatterAdd(this.workspace, source, indices, out);
  }

  memoryUsage(): MemoryUsage {
    return this.buffers.usage();
  }

  plan(products: readonly Product[], options: ProductOptions = {}): ProductPlan {
    return planProducts(this.workspace, products, options);
  }

  /** What products run with, for `webgpu({ params })` the next time; plain data. */
  get params(): ProductParams {
    return this.workspace.params;
  }

  /**
   * Tries some tiles on a product of `size`×`size` numbers and goes on with the fastest; resolves
   * with what was measured. Results keep their bits. Rejects as `finish` does.
   */
  async tune(size = 1024): Promise<Trial> {
    this.check("tune");
    const trial = await tryTiles(this, this.tileLimits, size, {
      use: (params) => {
        this.workspace.params = params;
      },
      time: (calls) => this.queue.time(calls),
    });
    const measured = trial.measured.map(({ tile, gflops }) => ({ variant: tile, gflops }));
    const chosen = measured[0]?.variant ?? "";
    this.known = { ...this.known, trials: [{ kernels: "f32 products", chosen, measured }] };
    return trial;
  }

  async dispose(): Promise<void> {
    this.queue.close();
    this.buffers.close();
    this.device.destroy();
    await this.lost;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.dispose();
  }

  private check(operation: string): void {
    this.buffers.checkOpen(operation);
    this.faults.checkDevice(operation);
  }

  static {
    // Where an engine lacks Symbol.asyncDispose, lowered `await using` looks for this symbol.
    const dispose = WebGpuBackend.prototype.dispose;
    Object.defineProperty(WebGpuBackend.prototype, asyncDisposeSymbol, { value: dispose });
  }
}

function tileLimits({ limits }: GPUDevice, quads: boolean): TileLimits {
  const {
    maxComputeInvocationsPerWorkgroup,
    maxComputeWorkgroupSizeX,
    maxComputeWorkgroupStorageSize,
  } = limits;
  return {
    maxComputeInvocationsPerWorkgroup,
    maxComputeWorkgroupSizeX,
    maxComputeWorkgroupStorageSize,
    quads,
  };
}
