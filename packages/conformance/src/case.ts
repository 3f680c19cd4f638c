import type { Backend, DType, MatrixView } from "@blk/core";
import type { Layout } from "./layout.js";

/** A matrix that a case uploads: its elements, exact in its type, and how they lie in memory. */
export interface Operand {
  readonly name: string;
  readonly dtype: DType;
  readonly rows: number;
  readonly cols: number;
  readonly layout: Layout;
  /** rows·cols numbers, row by row; of a broadcast layout, the repeated ones. */
  readonly elements: Float64Array;
}

/** A matrix that a case computes. What is not set beforehand holds NaN (i32: a rare number). */
export interface Result {
  readonly name: string;
  readonly dtype: DType;
  readonly rows: number;
  readonly cols: number;
  readonly layout: Layout;
  /** What it holds beforehand. */
  readonly initial?: Float64Array;
}

/** What an element must be: within `bound` of `expected`; NaN means NaN, and a bound of 0 the number itself. */
export interface Expectation {
  /** rows·cols numbers, row by row, from an oracle of higher precision. */
  readonly expected: Float64Array;
  readonly bound: Float64Array;
}

/**
 * One computation with its right answer, as data: what the suite checks for correctness and
 * anything else may run for speed.
 */
export interface Problem {
  readonly inputs: readonly Operand[];
  readonly results: readonly Result[];
  /** Whether inputs and results are windows of one buffer instead of each having its own. */
  readonly shareBuffer?: boolean;
  run(backend: Backend, inputs: readonly MatrixView[], results: readonly MatrixView[]): void;
  /** For each result, what is right and how far a correct backend may be from it. */
  answer(): readonly Expectation[];
  /** Floating-point operations. */
  readonly flops: number;
  /** Bytes that inputs and results take, each counted once. */
  readonly bytes: number;
}

/** What a case may use while it runs. */
export interface CaseContext {
  /** The backend under test; every call is checked against the contract's preconditions. */
  readonly backend: Backend;
  /** Opens another one of the same kind, for cases that dispose it. */
  open(): Promise<Backend>;
  /** Counts one check and throws with `message`, or throws that error, if it does not hold. */
  check(holds: boolean, message: string | (() => string | Error)): void;
}

/** What a backend may leave out, by its capabilities. */
export type Feature =
  | "non-finite numbers"
  | "subnormal numbers"
  | "rows by index"
  | "fused softmax"
  | "fused mapMany"
  | "packed operands";

interface CaseBase {
  /** Unique: `multiply/f32/5×7×9/a transposed`. */
  readonly name: string;
  /** What it is about: a member of the contract, or a group of core's operations. */
  readonly operation: string;
  /** Element types without which it cannot run, the first being the one it is about. */
  readonly dtypes: readonly DType[];
  /** Optional features without which it need not pass. */
  readonly needs?: readonly Feature[];
}

/** A case that is one problem. */
export interface ProblemCase extends CaseBase {
  readonly kind: "problem";
  readonly problem: Problem;
}

/** A case that is a procedure: a law, a property over many problems, a life cycle, an error. */
export interface BehaviourCase extends CaseBase {
  readonly kind: "behaviour";
  run(context: CaseContext): void | Promise<void>;
}

/** One thing that a backend must do right. */
export type Case = ProblemCase | BehaviourCase;

/** An element of a result that is not as it must be. */
export interface WrongElement {
  /** The name of the result, and its shape. */
  readonly result: string;
  readonly rows: number;
  readonly cols: number;
  /** Where it is. */
  readonly row: number;
  readonly col: number;
  readonly got: number;
  readonly expected: number;
  /** How far from `expected` it may be. */
  readonly bound: number;
}

/** What came out. */
export interface CaseResult {
  readonly name: string;
  readonly operation: string;
  readonly dtype: DType | "";
  readonly status: "passed" | "failed" | "unsupported";
  /** Why it failed or need not pass. */
  readonly message?: string;
  /** Of a problem that failed: the first element that is wrong. */
  readonly wrong?: WrongElement;
  /** How many comparisons were made. */
  readonly checks: number;
}

/** A problem as a case. */
export function problemCase(
  operation: string,
  dtypes: readonly DType[],
  name: string,
  problem: Problem,
  needs?: readonly Feature[],
): ProblemCase {
  const base = { kind: "problem", operation, dtypes, problem } as const;
  const full = { ...base, name: [operation, dtypes[0], name].join("/") };
  return needs === undefined ? full : { ...full, needs };
}

/** A procedure as a case. */
export function behaviourCase(
  operation: string,
  dtypes: readonly DType[],
  name: string,
  run: BehaviourCase["run"],
  needs?: readonly Feature[],
): BehaviourCase {
  const base = { kind: "behaviour", operation, dtypes, run } as const;
  const full = { ...base, name: [operation, ...dtypes.slice(0, 1), name].join("/") };
  return needs === undefined ? full : { ...full, needs };
}
