/**
 * The backend contract: what a device must offer so that everything above it works.
 *
 * A backend implements one product formula, one elementwise map, one reduction, two moves of rows
 * by index, and memory. All else (sparse products, softmax, layers, solvers) is written once, on
 * these. `@blk/conformance` is this contract as executable cases.
 */
import type { DType, HostArray } from "./dtype.js";
import type { Expr } from "./expression/expression.js";

/** The version of this contract that a provider and its backend implement. */
export type SpecVersion = 1;

/** Memory of a device. Views name windows of it; it has one owner, who disposes it. */
export interface DeviceBuffer {
  readonly byteLength: number;
  readonly disposed: boolean;
  /** Gives the memory back; a second call does nothing. Work already submitted still completes. */
  dispose(): void;
}

/**
 * A strided window on a buffer: element (i, j) is `buffer[offset + i·rowStride + j·colStride]`,
 * counted in elements. Strides are any integers: a transpose swaps them, 0 broadcasts an input,
 * negative ones run backwards. Nothing is said about alignment beyond that of one element.
 */
export interface MatrixView {
  readonly buffer: DeviceBuffer;
  readonly dtype: DType;
  readonly rows: number;
  readonly cols: number;
  readonly offset: number;
  readonly rowStride: number;
  readonly colStride: number;
}

/** A right factor that a backend laid out once, opaque to all but the backend that made it. */
export interface PackedOperand {
  /** Bytes of the packed copy; they count in `memoryUsage`. */
  readonly byteLength: number;
  readonly disposed: boolean;
  /** Gives the memory back; a second call does nothing. Work already submitted still completes. */
  dispose(): void;
}

/** One product `a·b` of a sum. `a` is m×k and `b` is k×n, of the same compute type as `c`. */
export interface Term {
  readonly a: MatrixView;
  readonly b: MatrixView;
  /**
   * An i32 column, one per row of `c`: row `rows[i]` of `a` is read for row i; an index outside of
   * `a` (−1 by convention) reads a row of zeros. Only where `capabilities.rowIndexedTerms`.
   */
  readonly rows?: MatrixView;
  /**
   * The same numbers as `b`, laid out by this backend's `pack`; a backend may read either. Never of
   * another backend, and never of a view of another shape or element type than `b`.
   */
  readonly packed?: PackedOperand;
}

/** `c ← E(alpha · Σₜ aₜ·bₜ + beta · c)`. No term at all means a sum of zero. */
export interface Product {
  readonly c: MatrixView;
  readonly terms: readonly Term[];
  /** `input(1)`, `input(2)`, … of the epilogue, each of c's shape; `input(0)` is the product. */
  readonly operands?: readonly MatrixView[];
}

/** Scalars and epilogue of a `multiply` call, shared by all its products. */
export interface ProductOptions {
  /** Default 1. */
  readonly alpha?: number;
  /** Default 0, which never reads `c`: it may hold NaN. */
  readonly beta?: number;
  /** Applied once, to the finished sum. Default: `input(0)`. */
  readonly epilogue?: Expr;
}

/** `out ← expr(inputs)` elementwise; inputs and out have one shape. Broadcast inputs by strides of 0. */
export interface Elementwise {
  readonly inputs: readonly MatrixView[];
  readonly out: MatrixView;
}

/** `outs[k] ← exprs[k](inputs)` elementwise; all are of one shape. */
export interface ElementwiseMany {
  readonly inputs: readonly MatrixView[];
  readonly outs: readonly MatrixView[];
}

/**
 * `out ← op over expr(inputs)`: inputs are m×n; out is m×1 (one result per row), 1×n (per column)
 * or 1×1 (over everything).
 */
export interface Reduction {
  readonly inputs: readonly MatrixView[];
  readonly out: MatrixView;
}

/**
 * How a reduction combines. Over nothing: `sum` 0, `max` −∞, `min` +∞ (`i32`: its smallest and
 * largest number), `argmax` −1. `argmax` writes i32: the first index of the largest value in its
 * row or column, or row·cols + col over everything; the first NaN counts as the largest.
 * `max` and `min` propagate NaN.
 */
export type ReductionOp = "sum" | "max" | "min" | "argmax";

/** What a backend can do, as plain data. */
export interface Capabilities {
  /** The machine part in words a person knows: "JavaScript (V8 11.3)", "NVIDIA GeForce …". */
  readonly device: string;
  readonly dtypes: readonly DType[];
  readonly maxBufferBytes: number;
  /** Threads that share a call's work. */
  readonly threads: number;
  /** Block edge lengths from which block lists run near full speed, smallest first. */
  readonly blockHints: readonly number[];
  /** Whether `Term.rows` is implemented; without it core gathers first. */
  readonly rowIndexedTerms: boolean;
  /** What is kept of IEEE 754: subnormal numbers; NaN and infinity through arithmetic. */
  readonly keepsSubnormals: boolean;
  readonly keepsNonFinite: boolean;
  /** Anything a person should know: why one thread only, which variants were chosen. */
  readonly notes: readonly string[];
  /** What was measured to choose among kernels, so far; absent where none are tried. */
  readonly trials?: readonly KernelTrial[];
}

/** Kernels that give the same bits, timed where they run. */
export interface KernelTrial {
  /** What they compute: `f32 products`. */
  readonly kernels: string;
  /** The variant that runs since. */
  readonly chosen: string;
  /** Every variant that was tried and its 10⁹ operations a second, the fastest first. */
  readonly measured: readonly { readonly variant: string; readonly gflops: number }[];
}

/** Live memory of a backend: what was allocated and not yet disposed. */
export interface MemoryUsage {
  readonly buffers: number;
  readonly bytes: number;
}

/** What `multiply` would run for a list of products. */
export interface ProductPlan {
  /** The grammatical name of the kernel variant, e.g. `gemm_f32_4x4`. */
  readonly variant: string;
  /** Bytes of scratch memory (packed panels, partial sums) while it runs. */
  readonly workspaceBytes: number;
}

/** Faster forms of what core composes from the required members. */
export interface FusedKernels {
  /** `out ← softmax(inputs[0])`, each row on its own; one input, floating point. */
  softmax(tasks: readonly Elementwise[]): void;
  /**
   * `outs[k] ← exprs[k](inputs)` in one pass, for one to four expressions: what a `map` for each
   * would compute of what the inputs held before the call. An out may be the very view of an input
   * of its own task; the outs of a task have one compute type.
   */
  mapMany(tasks: readonly ElementwiseMany[], exprs: readonly Expr[]): void;
}

/**
 * A device that computes. Every call takes a list of independent problems: one call is one launch.
 *
 * Preconditions that callers keep (core's operations do; {@link checked} verifies them): views lie
 * inside live buffers of this backend; no `c` or `out` overlaps another view of its call, has a
 * stride of 0, or addresses an element twice; the views of a product have one compute type (f16
 * counts as f32). A `map` computes in the type of `out`, converting each input as it is read
 * (float to i32 truncates towards zero and saturates, NaN gives 0); the inputs of a `reduce` share
 * a compute type, which is also that of `out` unless the operation is `argmax`. A zero-sized
 * dimension is legal everywhere. i32 arithmetic wraps modulo 2³²; alpha and beta are integers then.
 *
 * Accuracy: a product is within γₖ·(|alpha|·|A|·|B| + |beta·c|) in any order of summation, each
 * primitive of an expression within the ulps that {@link Expr} lists; more precise arithmetic is
 * allowed at any step, so constants may be rounded to the arithmetic's type or not, and multiply-adds
 * fused or not. Storing rounds to nearest, f64 to f16 perhaps by way of f32.
 *
 * Calls return at once. What fails later rejects the next `read` or `finish`.
 */
export interface Backend extends AsyncDisposable {
  readonly name: string;
  readonly specVersion: SpecVersion;
  readonly capabilities: Capabilities;
  /** Resolves when the device can no longer be used; never rejects. */
  readonly lost: Promise<Error>;

  /** New memory; its contents are unspecified. Throws `OUT_OF_MEMORY` and stays usable. */
  allocate(byteLength: number): DeviceBuffer;
  /** Copies `data` into `target`; `data` may change as soon as this returns. */
  write(target: DeviceBuffer, data: HostArray, byteOffset?: number): void;
  /** The elements of `view`, row by row, after all earlier work; rejects with its first error. */
  read(view: MatrixView, options?: { signal?: AbortSignal }): Promise<HostArray>;
  /** Resolves when all earlier work is done; rejects with its first error. */
  finish(): Promise<void>;

  multiply(products: readonly Product[], options?: ProductOptions): void;
  map(tasks: readonly Elementwise[], expr: Expr): void;
  reduce(
    tasks: readonly Reduction[],
    options: { readonly expr: Expr; readonly op: ReductionOp },
  ): void;
  /** Row i of `out` is row `indices[i]` of `source`, or zeros where that lies outside of `source`. */
  gather(source: MatrixView, indices: MatrixView, out: MatrixView): void;
  /**
   * Adds row i of `source` to row `indices[i]` of `out`, in order of i, each sum rounded to the
   * element type; rows outside of `out` are dropped.
   */
  scatterAdd(source: MatrixView, indices: MatrixView, out: MatrixView): void;

  memoryUsage(): MemoryUsage;
  /**
   * Frees everything: `memoryUsage` is zero afterwards. Waiting reads resolve or reject with
   * `DISPOSED`, later calls throw or reject with it; a second `dispose` does nothing.
   */
  dispose(): Promise<void>;

  /** What `multiply` would run; without it `explain` says that the backend does not tell. */
  readonly plan?: (products: readonly Product[], options?: ProductOptions) => ProductPlan;
  /** Where memory is the host's: the elements of a buffer, in place, for leaf algorithms. */
  readonly hostMemory?: (buffer: DeviceBuffer, dtype: DType) => HostArray;
  readonly fused?: Partial<FusedKernels>;
  /**
   * A copy of `b` in the layout in which products read their right factor, for {@link Term.packed}:
   * what earlier calls wrote is in it, what later ones write need not be. Throws `OUT_OF_MEMORY`
   * and stays usable. Without it, products read `b` itself.
   */
  readonly pack?: (b: MatrixView) => PackedOperand;
}

/** Whether a backend can run here, or a reason a person can act on. */
export type ProbeResult =
  | { readonly available: true }
  | { readonly available: false; readonly reason: string };

/** A backend to be opened: a plain value, light to import. Heavy code loads inside `create`. */
export interface BackendProvider {
  readonly name: string;
  readonly specVersion: SpecVersion;
  probe(): Promise<ProbeResult>;
  create(): Promise<Backend>;
}
