/**
 * What went wrong, as a word that code can compare.
 *
 * | code | meaning |
 * |---|---|
 * | `ARGUMENT` | an option or argument has no meaning here (a NaN size, ragged rows, an unknown name) |
 * | `SHAPE` | row and column counts do not fit together |
 * | `DTYPE` | element types do not fit together, or an operation is not defined for one |
 * | `PARTITION` | the cuts or the present blocks of two operands do not fit together |
 * | `BOUNDS` | a window, block or index lies outside of its matrix or buffer |
 * | `ALIAS` | an output overlaps another view of the same call |
 * | `UNSUPPORTED` | this backend cannot do it; another one can |
 * | `DISPOSED` | a matrix, buffer or backend was used after its disposal |
 * | `BACKEND_MISMATCH` | matrices of two backends met in one operation |
 * | `NO_BACKEND` | none of the offered backends can run here |
 * | `OUT_OF_MEMORY` | the backend has no room for the request; it stays usable |
 * | `DEVICE_LOST` | the device is gone; open a new backend |
 * | `INTERNAL` | the backend or its device's driver is at fault; to be reported |
 * | `NOT_POSITIVE_DEFINITE`, `SINGULAR`, `NOT_CONVERGED` | numerical failures of solvers |
 * | `DATA` | a file or its content is missing or corrupt |
 */
export type BlkErrorCode =
  | "ARGUMENT"
  | "SHAPE"
  | "DTYPE"
  | "PARTITION"
  | "BOUNDS"
  | "ALIAS"
  | "UNSUPPORTED"
  | "DISPOSED"
  | "BACKEND_MISMATCH"
  | "NO_BACKEND"
  | "OUT_OF_MEMORY"
  | "DEVICE_LOST"
  | "INTERNAL"
  | "NOT_POSITIVE_DEFINITE"
  | "SINGULAR"
  | "NOT_CONVERGED"
  | "DATA";

// `Symbol.for` and not `instanceof`: two copies of this package may be loaded side by side.
const marker: symbol = Symbol.for("@blk/error");

/** The one error class of all `@blk/*` packages. Its message names the operation, what was expected, what came, and what to do. */
export class BlkError extends Error {
  readonly code: BlkErrorCode;
  /** The figures behind the message, for programs. */
  readonly details: Readonly<Record<string, unknown>>;

  constructor(
    code: BlkErrorCode,
    message: string,
    options: { details?: Readonly<Record<string, unknown>>; cause?: unknown } = {},
  ) {
    super(message, "cause" in options ? { cause: options.cause } : undefined);
    this.name = "BlkError";
    this.code = code;
    this.details = options.details ?? {};
    Object.defineProperty(this, marker, { value: true });
  }
}

/** Whether `error` is a `BlkError` (of any copy of this package), and, if a code is given, of that code. */
export function isBlkError(error: unknown, code?: BlkErrorCode): error is BlkError {
  return (
    typeof error === "object" &&
    error !== null &&
    (error as Record<symbol, unknown>)[marker] === true &&
    (code === undefined || (error as BlkError).code === code)
  );
}
