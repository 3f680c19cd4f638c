/**
 * What the bench asks of another library so that it can be timed beside `@blk` backends.
 *
 * Inputs and results are plain row-major arrays. Preparing an operation uploads its inputs; only
 * `PreparedRun.run` is meant to be timed. Nobody here checks a peer's results: the caller does, on
 * every path it times.
 */

/** Row-major values. A peer converts to its own dtype while it prepares. */
export type Numbers = Float32Array | Float64Array;

/** C = relu?( op(A)·op(B) + bias ), for each of `batch` stacked problems. */
export interface MatmulSpec {
  /** C is m×n; the sum runs over k. */
  readonly m: number;
  readonly n: number;
  readonly k: number;
  /** A is stored k×m instead of m×k. */
  readonly transposeA: boolean;
  /** B is stored n×k instead of k×n. */
  readonly transposeB: boolean;
  /** So many independent products, each operand stacked along a first dimension; absent: one. */
  readonly batch?: number;
  /** A row of n numbers is added to every row of C. */
  readonly bias?: boolean;
  readonly activation?: "relu";
  /** B never changes between runs, as weights do not: a peer may prepare it once. */
  readonly constantB?: boolean;
}

/**
 * A network of dense layers with ReLU between them and softmax cross-entropy at the end, its
 * batches and its optimiser. Each `run` is one step, on the next batch; the result is the loss of
 * the first steps, `lossSteps` of them, each before it changed the weights.
 */
export interface TrainingSpec {
  /** What images pass before the dense layers; absent: nothing. */
  readonly convolutions?: Convolutions;
  /** Of the input of the dense layers, of each layer's output: `[784, 128, 10]`. */
  readonly sizes: readonly number[];
  /**
   * Of each layer, inputs × outputs; the inputs of a convolution are its places, line by line, each
   * with its channels. Biases start at zero.
   */
  readonly weights: readonly Float32Array[];
  /** So many rows each; run after run takes the next, after the last the first again. */
  readonly batch: number;
  readonly batches: readonly TrainingBatch[];
  readonly optimizer: "momentum" | "adam";
  readonly rate: number;
  readonly lossSteps: number;
}

/** Convolutions of 3×3 padded by 1, each followed by ReLU and the largest of 2×2. */
export interface Convolutions {
  /** Height and width of an image; its pixels follow one another line by line. */
  readonly side: number;
  /** Of an image, of each convolution's output: `[1, 16, 32]`. */
  readonly channels: readonly number[];
}

/** A network as that of {@link TrainingSpec}, and a batch; the result is its scores, batch × classes. */
export interface InferenceSpec extends Pick<TrainingSpec, "sizes" | "weights" | "batch"> {
  /** batch × `sizes[0]` */
  readonly images: Float32Array;
}

export interface TrainingBatch {
  /** batch × `sizes[0]`, or × side² · channels */
  readonly images: Float32Array;
  /** batch × classes: a 1 for the class of each row. */
  readonly labels: Float32Array;
}

/** Of both optimisers, in every library: momentum 0.9; Adam's are those of Kingma & Ba (2015). */
export const trainingConstants = {
  momentum: 0.9,
  beta1: 0.9,
  beta2: 0.999,
  epsilon: 1e-7,
} as const;

/** The size of one matrix. */
export interface Shape {
  readonly rows: number;
  readonly cols: number;
}

/** What a sum runs over: each row gives one number, each column gives one, or all give one. */
export type SumOver = "row" | "column" | "all";

/**
 * What is computed of a square matrix. The results follow one another: Cholesky's L; the solution of
 * A·x = b; Q and R; eigenvalues and eigenvectors; singular values, U and V.
 */
export type FactorisationKind = "cholesky" | "lu-solve" | "qr" | "symmetric-eigen" | "svd";

/** One operation with its inputs in the peer's memory. */
export interface PreparedRun {
  /** The calls of the peer that are timed, as a person would write them. */
  readonly call: string;
  /** The timed part. Completes the work; frees the result of the run before; keeps the new one. */
  run(): void | Promise<void>;
  /** A copy of the last result, row-major. Rejects when nothing was run yet. */
  result(): Promise<Numbers>;
  /** Frees inputs and result; harmless when repeated. */
  dispose(): void;
}

/** A loaded peer. Each operation is `undefined` where the peer does not offer it. */
export interface PeerSession {
  readonly name: string;
  readonly version: string;
  /** Threads that the peer computes on. */
  readonly threads: number;
  /** `bias` must be given exactly when `spec.bias` is true. */
  matmul(spec: MatmulSpec, a: Numbers, b: Numbers, bias?: Numbers): Awaitable<PreparedRun>;
  /** a + b. */
  add(shape: Shape, a: Numbers, b: Numbers): Awaitable<PreparedRun>;
  /** a·b + c, elementwise. */
  multiplyAdd(shape: Shape, a: Numbers, b: Numbers, c: Numbers): Awaitable<PreparedRun>;
  /** exp(x − max) / Σ exp(x − max), within each row. */
  softmax(shape: Shape, x: Numbers): Awaitable<PreparedRun>;
  sum(shape: Shape, over: SumOver, x: Numbers): Awaitable<PreparedRun>;
  /** Of an n×n matrix, with a right-hand side of n numbers; absent where the library has none. */
  factorise?(kind: FactorisationKind, n: number, a: Numbers, b: Numbers): Awaitable<PreparedRun>;
  /** One step of training after another; absent where the library does not learn. */
  trainingStep?(spec: TrainingSpec): Awaitable<PreparedRun>;
  /** The scores of a batch, layer by layer as the library computes layers. */
  inference?(spec: InferenceSpec): Awaitable<PreparedRun>;
  /** Frees everything that was prepared and not disposed yet. */
  dispose(): Promise<void>;
}

/** Preparing may take a while (a model is compiled), and a peer may not offer the operation. */
export type Awaitable<T> = T | undefined | Promise<T | undefined>;

export interface PeerLoadOptions {
  /** Threads wanted; a peer that has only one uses one and says so. Default 1. */
  readonly threads?: number;
  /** The folder that holds `node_modules` with the peers. Default: this app's `peers/`. */
  readonly folder?: string;
}

/** A library that the bench can compare with; a plain value, nothing is loaded by importing it. */
export interface Peer {
  readonly name: string;
  /** The dtype it computes in. */
  readonly dtype: "f32" | "f64";
  /** Whether it computes with vectors, and not number by number in JavaScript. */
  readonly vectors: boolean;
  /** @throws PeerUnavailable with a reason that a person can act on. */
  load(options?: PeerLoadOptions): Promise<PeerSession>;
}

/** A peer that cannot be used here; the message says why and what to do. */
export class PeerUnavailable extends Error {
  override readonly name: string = "PeerUnavailable";
}
