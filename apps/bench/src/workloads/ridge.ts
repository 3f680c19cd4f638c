import { type Backend, BlockMatrix } from "@blk/core";
import { type RidgePath, ridgePath } from "@blk/linalg";
import type { Table } from "../data/parse-table.js";
import type { FloatType } from "./bench-case.js";

/** How well a linear model with a penalty tells what it was not shown. */
export interface RidgeResult {
  /** Of the decomposition and of all penalties. */
  readonly seconds: number;
  readonly rows: number;
  readonly inputs: number;
  /** Root mean square of the leave-one-out errors, for each penalty. */
  readonly path: readonly { readonly lambda: number; readonly error: number }[];
  readonly best: { readonly lambda: number; readonly error: number };
  /** The same of the mean of all others, which looks at no input. */
  readonly errorOfMean: number;
}

/** Penalties on standardised inputs, from next to none to nearly everything. */
export const lambdas: readonly number[] = Array.from({ length: 13 }, (_, i) => 10 ** (i / 2 - 2));

/** Ridge regression on a table: one decomposition, a path of penalties, each row left out once. */
export async function regress(backend: Backend, table: Table): Promise<RidgeResult> {
  const { rows, names } = table;
  const cols = names.length;
  const dtype: FloatType = backend.capabilities.dtypes.includes("f64") ? "f64" : "f32";
  const { inputs, targets } = standardisedTable(table);
  const a = BlockMatrix.fromArray(backend, inputs, { rows, cols, dtype });
  const b = BlockMatrix.fromArray(backend, targets, { rows, cols: 1, dtype });
  let path: RidgePath | undefined;
  try {
    const start = performance.now();
    path = await ridgePath(a, b);
    const errors: number[] = [];
    for (const lambda of lambdas) errors.push(await leaveOneOut(path, lambda));
    const seconds = (performance.now() - start) / 1000;
    const points = lambdas.map((lambda, i) => ({ lambda, error: errors[i] as number }));
    const best = points.reduce((x, y) => (y.error < x.error ? y : x));
    // A mean without row i misses it by n/(n − 1) times what the mean of all does.
    const errorOfMean = (rootMeanSquare(targets) * rows) / (rows - 1);
    return { seconds, rows, inputs: cols, path: points, best, errorOfMean };
  } finally {
    path?.dispose();
    a.dispose();
    b.dispose();
  }
}

async function leaveOneOut(path: RidgePath, lambda: number): Promise<number> {
  const errors = path.leaveOneOutErrors(lambda);
  try {
    return rootMeanSquare(await errors.toArray());
  } finally {
    errors.dispose();
  }
}

/** Columns of mean 0 and deviation 1; targets of mean 0, which stands for an intercept. */
export function standardisedTable({
  names,
  rows,
  inputs,
  targets,
}: Table): Pick<Table, "inputs" | "targets"> {
  const cols = names.length;
  const column = (j: number): Float64Array =>
    Float64Array.from({ length: rows }, (_, i) => inputs[i * cols + j] as number);
  const scaled = new Float64Array(rows * cols);
  for (let j = 0; j < cols; j++) {
    const centred = centre(column(j));
    const deviation = rootMeanSquare(centred);
    for (const [i, value] of centred.entries()) scaled[i * cols + j] = value / deviation;
  }
  return { inputs: scaled, targets: centre(targets) };
}

function centre(values: Float64Array): Float64Array {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return values.map((value) => value - mean);
}

function rootMeanSquare(values: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += (values[i] as number) ** 2;
  return Math.sqrt(sum / values.length);
}

/** What is wrong with a result, or `undefined`. */
export function ridgeProblem({ best, path, errorOfMean }: RidgeResult): string | undefined {
  if (!path.every(({ error }) => Number.isFinite(error))) {
    return `the errors are ${path.map(({ error }) => error).join(", ")}`;
  }
  // Published fits of this table explain half of its variance.
  if (best.error < 0.75 * errorOfMean) return undefined;
  return `the best error is ${best.error}, where guessing the mean gives ${errorOfMean}`;
}
