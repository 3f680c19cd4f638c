/** A whole backend of plain loops, one element at a time, that can be given faults on purpose. */
import {
  asyncDisposeSymbol,
  type Backend,
  type BackendProvider,
  BlkError,
  bytesPerElement,
  type Capabilities,
  computeDType,
  type DeviceBuffer,
  type DType,
  decodeHalf,
  denseView,
  dtypes,
  type Elementwise,
  type ElementwiseMany,
  type Expr,
  encodeHalf,
  expr,
  type HostArray,
  type MatrixView,
  type MemoryUsage,
  newHostArray,
  type PackedOperand,
  type Product,
  type ProductOptions,
  type Reduction,
  type ReductionOp,
} from "@blk/core";
import { stored } from "../src/elements.js";

/** A mistake that kernels make in practice. */
export type Fault =
  /** The last row of a product of m rows, m no multiple of 4, takes the row above. */
  | "edge tile"
  /** The bias is added once for each 48 of k. */
  | "bias per k-block"
  /** c is read although beta is 0. */
  | "beta read when 0"
  /** The row stride of b is taken to be its width. */
  | "stride ignored"
  /** One element behind the last row of a result is written. */
  | "off-by-one write"
  /** Indices outside of the source read its first row. */
  | "index clamped"
  /** The last of equal maxima wins. */
  | "last maximum"
  /** A maximum skips NaN. */
  | "NaN skipped"
  /** Buffers are not given back. */
  | "leak"
  /** All products of a list take the first product's operands. */
  | "first of the list"
  /** Sums are rounded to f16 on the way. */
  | "half sums"
  /** Outs are written before the next expression is computed. */
  | "out before read"
  /** The last column of a packed factor is zero unless there are a multiple of 4. */
  | "packed edge";

/** A provider of the naive backend. */
export function naive(...faults: readonly Fault[]): BackendProvider {
  return {
    name: "naive",
    specVersion: 1,
    probe: async () => ({ available: true }),
    create: async () => new NaiveBackend(new Set(faults)),
  };
}

class NaiveBuffer implements DeviceBuffer {
  readonly byteLength: number;
  readonly bytes: ArrayBuffer;
  disposed = false;
  private readonly arrays = new Map<DType, HostArray>();
  private readonly free: () => void;

  constructor(byteLength: number, free: () => void) {
    this.byteLength = byteLength;
    this.bytes = new ArrayBuffer(Math.ceil(byteLength / 8) * 8);
    this.free = free;
  }

  /** All elements of the buffer, in place. */
  array(dtype: DType): HostArray {
    const known = this.arrays.get(dtype);
    if (known !== undefined) return known;
    const length = Math.floor(this.byteLength / bytesPerElement(dtype));
    const Kind = { f32: Float32Array, f64: Float64Array, f16: Uint16Array, i32: Int32Array }[dtype];
    const array = new Kind(this.bytes, 0, length);
    this.arrays.set(dtype, array);
    return array;
  }

  dispose(): void {
    if (!this.disposed) this.free();
    this.disposed = true;
  }
}

/** A copy, row by row. */
interface NaivePacked extends PackedOperand {
  readonly view: MatrixView;
}

class NaiveBackend implements Backend {
  readonly name = "naive";
  readonly specVersion = 1 as const;
  readonly lost: Promise<Error> = new Promise(() => {});
  readonly capabilities: Capabilities = {
    device: "plain loops",
    dtypes,
    maxBufferBytes: 2 ** 30,
    threads: 1,
    blockHints: [8],
    rowIndexedTerms: true,
    keepsSubnormals: true,
    keepsNonFinite: true,
    notes: [],
  };
  readonly fused = {
    mapMany: (tasks: readonly ElementwiseMany[], exprs: readonly Expr[]): void => {
      for (const { inputs, outs } of tasks) {
        const { rows, cols } = outs[0] as MatrixView;
        for (let at = 0; at < rows * cols; at++) {
          const [i, j] = [Math.floor(at / cols), at % cols];
          const computed = (k: number): number =>
            valueAt(exprs[k] as Expr, inputs, (outs[k] as MatrixView).dtype, i, j);
          const values = outs.map((_, k) => computed(k));
          outs.forEach((out, k) => {
            const value = this.faults.has("out before read") ? computed(k) : values[k];
            put(out, i, j, value as number);
          });
        }
      }
    },
  };
  private readonly live = new Set<NaiveBuffer>();
  private readonly faults: ReadonlySet<Fault>;
  private isOpen = true;

  constructor(faults: ReadonlySet<Fault>) {
    this.faults = faults;
  }

  private checkOpen(operation: string): void {
    if (!this.isOpen) throw new BlkError("DISPOSED", `${operation}: the backend was disposed`);
  }

  allocate(byteLength: number): DeviceBuffer {
    this.checkOpen("allocate");
    if (byteLength > this.capabilities.maxBufferBytes) {
      throw new BlkError("OUT_OF_MEMORY", `allocate: no room for ${byteLength} bytes`);
    }
    const buffer: NaiveBuffer = new NaiveBuffer(byteLength, () => {
      if (!this.faults.has("leak")) this.live.delete(buffer);
    });
    this.live.add(buffer);
    return buffer;
  }

  write(target: DeviceBuffer, data: HostArray, byteOffset = 0): void {
    this.checkOpen("write");
    const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    new Uint8Array((target as NaiveBuffer).bytes).set(bytes, byteOffset);
  }

  async read(view: MatrixView, options: { signal?: AbortSignal } = {}): Promise<HostArray> {
    this.checkOpen("read");
    options.signal?.throwIfAborted();
    const memory = arrayOf(view);
    return newHostArray(view.dtype, view.rows * view.cols).map(
      (_, at) => memory[place(view, Math.floor(at / view.cols), at % view.cols)] as number,
    ) as HostArray;
  }

  async finish(): Promise<void> {
    this.checkOpen("finish");
  }

  multiply(products: readonly Product[], options: ProductOptions = {}): void {
    this.checkOpen("multiply");
    const fromFirst = this.faults.has("first of the list");
    for (const product of products) {
      const terms = fromFirst ? (products[0]?.terms ?? []) : product.terms;
      const isSame = terms.every(
        ({ a, b }) => a.rows === product.c.rows && b.cols === product.c.cols,
      );
      this.multiplyOne(isSame ? { ...product, terms } : product, options);
    }
  }

  private multiplyOne({ c, terms, operands = [] }: Product, options: ProductOptions): void {
    const { alpha = 1, beta = 0, epilogue = expr.input(0) } = options;
    const isInteger = computeDType(c.dtype) === "i32";
    const has = (fault: Fault): boolean => this.faults.has(fault);
    for (let i = 0; i < c.rows; i++) {
      const row = has("edge tile") && i > 4 && i === c.rows - 1 && c.rows % 4 !== 0 ? i - 1 : i;
      for (let j = 0; j < c.cols; j++) {
        let sum = 0;
        let depth = 0;
        for (const { a, b: given, packed, rows } of terms) {
          const b = (packed as NaivePacked | undefined)?.view ?? given;
          const from = rows === undefined ? row : get(rows, i, 0);
          const isInside = from >= 0 && from < a.rows;
          const right = has("stride ignored") ? { ...b, rowStride: b.cols } : b;
          const isWrong = has("stride ignored") && b.colStride === 1 && b.rowStride > b.cols;
          for (let l = 0; l < a.cols; l++, depth++) {
            const x = isInside ? get(a, from, l) : 0;
            const y = get(isWrong ? right : b, l, j);
            sum = isInteger ? (sum + Math.imul(x, y)) | 0 : sum + x * y;
            if (has("half sums")) sum = stored("f16", sum);
          }
        }
        const isRead = beta !== 0 || has("beta read when 0");
        const before = isRead ? get(c, i, j) : 0;
        const value = isInteger
          ? (Math.imul(alpha, sum) + Math.imul(beta, before)) | 0
          : alpha * sum + (isRead ? beta * before : 0);
        const times = has("bias per k-block") ? Math.max(1, Math.ceil(depth / 48)) : 1;
        const values = [value, ...operands.map((view) => times * get(view, i, j))];
        put(
          c,
          i,
          j,
          isInteger ? expr.evaluateInteger(epilogue, values) : expr.evaluate(epilogue, values),
        );
      }
    }
    if (has("off-by-one write") && c.rows > 0 && c.cols > 0) {
      put(c, c.rows - 1, c.cols, 0);
    }
  }

  map(tasks: readonly Elementwise[], e: Expr): void {
    this.checkOpen("map");
    for (const { inputs, out } of tasks) {
      for (let i = 0; i < out.rows; i++) {
        for (let j = 0; j < out.cols; j++) put(out, i, j, valueAt(e, inputs, out.dtype, i, j));
      }
    }
  }

  reduce(
    tasks: readonly Reduction[],
    { expr: e, op }: { readonly expr: Expr; readonly op: ReductionOp },
  ): void {
    this.checkOpen("reduce");
    for (const { inputs, out } of tasks) {
      const { rows, cols, dtype } = inputs[0] as MatrixView;
      const isPerRow = out.cols === 1 && out.rows === rows;
      const isPerCol = !isPerRow && out.rows === 1 && out.cols === cols;
      for (let at = 0; at < out.rows * out.cols; at++) {
        const values: number[] = [];
        for (let i = isPerRow ? at : 0; i < (isPerRow ? at + 1 : rows); i++) {
          for (let j = isPerCol ? at : 0; j < (isPerCol ? at + 1 : cols); j++) {
            values.push(valueAt(e, inputs, dtype, i, j));
          }
        }
        const result = this.combine(op, values, computeDType(dtype) === "i32");
        put(out, isPerCol ? 0 : at, isPerCol ? at : 0, result);
      }
    }
  }

  private combine(op: ReductionOp, values: readonly number[], isInteger: boolean): number {
    const [low, high] = isInteger ? [-(2 ** 31), 2 ** 31 - 1] : [-Infinity, Infinity];
    switch (op) {
      case "sum":
        return values.reduce((sum, x) => (isInteger ? (sum + x) | 0 : sum + x), 0);
      case "max":
        return this.faults.has("NaN skipped")
          ? values.reduce((best, x) => (x > best ? x : best), low)
          : Math.max(low, ...values);
      case "min":
        return values.reduce((best, x) => Math.min(best, x), high);
      case "argmax": {
        const nan = values.findIndex(Number.isNaN);
        const largest = values.reduce((best, x) => Math.max(best, x), low);
        if (this.faults.has("last maximum")) return values.lastIndexOf(largest);
        return nan >= 0 ? nan : values.indexOf(largest);
      }
    }
  }

  gather(source: MatrixView, indices: MatrixView, out: MatrixView): void {
    this.checkOpen("gather");
    for (let i = 0; i < out.rows; i++) {
      const row = get(indices, i, 0);
      const isInside = row >= 0 && row < source.rows;
      const isClamped = this.faults.has("index clamped") && source.rows > 0;
      for (let j = 0; j < out.cols; j++) {
        put(out, i, j, isInside || isClamped ? get(source, isInside ? row : 0, j) : 0);
      }
    }
  }

  scatterAdd(source: MatrixView, indices: MatrixView, out: MatrixView): void {
    this.checkOpen("scatterAdd");
    for (let i = 0; i < source.rows; i++) {
      const row = get(indices, i, 0);
      if (row < 0 || row >= out.rows) continue;
      for (let j = 0; j < out.cols; j++) {
        const sum = get(out, row, j) + get(source, i, j);
        put(out, row, j, out.dtype === "i32" ? sum | 0 : sum);
      }
    }
  }

  pack(b: MatrixView): PackedOperand {
    const buffer = this.allocate(b.rows * b.cols * bytesPerElement(b.dtype)) as NaiveBuffer;
    const view = denseView(buffer, b.dtype, b.rows, b.cols);
    const kept = this.faults.has("packed edge") && b.cols % 4 > 0 ? b.cols - 1 : b.cols;
    for (let i = 0; i < b.rows; i++) {
      for (let j = 0; j < kept; j++) put(view, i, j, get(b, i, j));
    }
    return {
      view,
      byteLength: buffer.byteLength,
      get disposed(): boolean {
        return buffer.disposed;
      },
      dispose: () => buffer.dispose(),
    } as NaivePacked;
  }

  memoryUsage(): MemoryUsage {
    const bytes = [...this.live].reduce((sum, { byteLength }) => sum + byteLength, 0);
    return { buffers: this.live.size, bytes };
  }

  async dispose(): Promise<void> {
    this.isOpen = false;
    for (const buffer of this.live) buffer.disposed = true;
    this.live.clear();
  }

  [asyncDisposeSymbol](): Promise<void> {
    return this.dispose();
  }
}

function arrayOf({ buffer, dtype }: MatrixView): HostArray {
  return (buffer as NaiveBuffer).array(dtype);
}

function place({ offset, rowStride, colStride }: MatrixView, i: number, j: number): number {
  return offset + i * rowStride + j * colStride;
}

function get(view: MatrixView, i: number, j: number): number {
  const x = arrayOf(view)[place(view, i, j)] as number;
  return view.dtype === "f16" ? decodeHalf(x) : x;
}

function put(view: MatrixView, i: number, j: number, value: number): void {
  const number = stored(view.dtype, value);
  arrayOf(view)[place(view, i, j)] = view.dtype === "f16" ? encodeHalf(number) : number;
}

function valueAt(
  e: Expr,
  inputs: readonly MatrixView[],
  dtype: DType,
  i: number,
  j: number,
): number {
  const type = computeDType(dtype);
  const values = inputs.map((view) => stored(type, get(view, i, j)));
  return type === "i32" ? expr.evaluateInteger(e, values) : expr.evaluate(e, values);
}
