import {
  type Backend,
  BlkError,
  BlockMatrix,
  computeDType,
  type DType,
  describeValue,
  disposeSymbol,
  heldSymbol,
  type NumberArray,
  type Partition,
  type ReadOptions,
} from "@blk/core";
import { abandon, type TapeNode } from "./tape-node.js";

/** What operations take: a variable, or a matrix, which is a constant. */
export type Value = Variable | BlockMatrix;

/**
 * A matrix in a computation that can be differentiated: its value, and how it was computed.
 *
 * The value of a variable that an operation made belongs to the computation: `gradients` frees it
 * when the last rule that needs it has run. `keep()` a variable to read its value after that.
 * Disposing a variable that recorded operations still need is a promise: it is freed after them.
 */
export class Variable implements Disposable {
  /** The operation that made it; `undefined` for a constant or a parameter. */
  readonly node: TapeNode | undefined;
  readonly #isParameter: boolean;
  #value: BlockMatrix;
  /** Recorded operations that read it and are not consumed yet. */
  #uses = 0;
  /** Recorded operations that ever read it. */
  #readers = 0;
  #kept = false;
  #keptSources: readonly Variable[] = [];
  #released = false;

  constructor(value: BlockMatrix, node?: TapeNode, isParameter = false) {
    this.#value = value;
    this.node = node;
    this.#isParameter = isParameter;
  }

  get value(): BlockMatrix {
    return this.#value;
  }

  /** Whether gradients flow to or through this. */
  get wantsGradient(): boolean {
    return this.#isParameter || this.node !== undefined;
  }

  /** Whether this is a leaf that wants a gradient. */
  get isParameter(): boolean {
    return this.#isParameter;
  }

  get rows(): number {
    return this.#value.rows;
  }

  get cols(): number {
    return this.#value.cols;
  }

  get dtype(): DType {
    return this.#value.dtype;
  }

  get backend(): Backend {
    return this.#value.backend;
  }

  get rowPartition(): Partition {
    return this.#value.rowPartition;
  }

  get colPartition(): Partition {
    return this.#value.colPartition;
  }

  /** How many recorded operations read this variable so far. */
  get readers(): number {
    return this.#readers;
  }

  toArray(options?: ReadOptions): Promise<NumberArray> {
    return this.#value.toArray(options);
  }

  toRows(options?: ReadOptions): Promise<number[][]> {
    return this.#value.toRows(options);
  }

  toNumber(options?: ReadOptions): Promise<number> {
    return this.#value.toNumber(options);
  }

  /**
   * Gives a parameter (or constant) another value, and frees the one it had. Throws `ARGUMENT` for
   * the result of an operation, `SHAPE` or `DTYPE` where the new value is of another kind.
   */
  assign(value: BlockMatrix): void {
    const old = this.#value;
    if (this.node !== undefined) {
      throw new BlkError(
        "ARGUMENT",
        `assign: ${old} is the result of an operation (${this.node.name}); assign to a parameter`,
      );
    }
    if (value === old) return;
    if (value.rows !== old.rows || value.cols !== old.cols) {
      throw new BlkError("SHAPE", `assign: expected a matrix like ${old}, got ${value}`);
    }
    if (value.dtype !== old.dtype) {
      throw new BlkError(
        "DTYPE",
        `assign: expected a matrix like ${old}, got ${value}; convert it with cast()`,
      );
    }
    this.#value = value;
    old.dispose();
  }

  /** Exempts the value from being freed by a backward pass: it is yours to dispose. Returns this. */
  keep(): this {
    if (this.#kept) return this;
    this.#kept = true;
    // A view lives no longer than what it views.
    this.#keptSources = (this.node?.inputs ?? []).filter(
      (input) => input.node !== undefined && isViewOf(this.#value, input.#value),
    );
    for (const source of this.#keptSources) source.keep();
    return this;
  }

  /**
   * Frees the value and, if nobody else needs them, those from which it was computed; at once, or
   * when the recorded operations that read it are consumed. A second call does nothing.
   */
  dispose(): void {
    this.#released = true;
    this.#kept = false;
    this.settle();
    for (const source of this.#keptSources) source.dispose();
    this.#keptSources = [];
    if (this.node !== undefined) abandon(this.node);
  }

  /** For the tape: one more operation reads the value. */
  acquire(): void {
    this.#uses += 1;
    this.#readers += 1;
  }

  /** For the tape: an operation that read the value needs it no longer. */
  letGo(): void {
    this.#uses -= 1;
    this.settle();
  }

  /** For the tape: frees the value if the tape owns it, or it was disposed, and nothing needs it. */
  settle(): void {
    const { node } = this;
    const isOwned = node !== undefined && !this.#kept;
    if (!this.#released && !isOwned) return;
    if (this.#uses === 0 && (node === undefined || node.consumed)) this.#value.dispose();
  }

  /** Whether nobody will ask for this any more: it was disposed, or read and let go of. */
  get isAbandoned(): boolean {
    return this.#uses === 0 && !this.#kept && (this.#released || this.#readers > 0);
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  /** For `scope`: the value, and all values of the graph that computed it. */
  *held(): IterableIterator<BlockMatrix> {
    const seen = new Set<Variable>([this]);
    for (const variable of seen) {
      yield variable.#value;
      for (const input of variable.node?.inputs ?? []) seen.add(input);
    }
  }

  static {
    const dispose = Variable.prototype.dispose;
    Object.defineProperty(Variable.prototype, disposeSymbol, { value: dispose });
    const held = Variable.prototype.held;
    Object.defineProperty(Variable.prototype, heldSymbol, { value: held });
  }

  /** `64×32 f32 (matmul)` */
  toString(): string {
    return this.#value.toString();
  }
}

/**
 * A leaf that wants a gradient: a weight. It owns `value`. Throws `DTYPE` for integers, `ARGUMENT` for
 * what is no matrix.
 *
 * ```ts
 * const w = parameter(BlockMatrix.fromRows(backend, [[1, 2]]));
 * ```
 */
export function parameter(value: BlockMatrix): Variable {
  checkMatrix("parameter", value);
  if (computeDType(value.dtype) === "i32") {
    throw new BlkError(
      "DTYPE",
      `parameter: expected floating point, got ${value}; integers have no gradient`,
    );
  }
  return new Variable(value, undefined, true);
}

/** A matrix as a variable without a gradient; variables as they are. */
export function asVariable(x: Value): Variable {
  return x instanceof Variable ? x : new Variable(x);
}

/** {@link asVariable} that throws `ARGUMENT` for anything else, where no operation of core would. */
export function operandOf(operation: string, x: Value): Variable {
  if (!(x instanceof Variable)) checkMatrix(operation, x);
  return asVariable(x);
}

function checkMatrix(operation: string, value: unknown): void {
  if (value instanceof BlockMatrix) return;
  throw new BlkError(
    "ARGUMENT",
    `${operation}: expected a BlockMatrix, got ${describeValue(value)}; make one with BlockMatrix.fromRows(backend, …)`,
  );
}

function isViewOf(x: BlockMatrix, y: BlockMatrix): boolean {
  for (let view: BlockMatrix | undefined = x.source; view !== undefined; view = view.source) {
    if (view === y) return true;
  }
  return false;
}
