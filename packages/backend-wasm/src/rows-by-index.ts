import { BlkError, bytesPerElement, type MatrixView } from "@blk/core";
import { type Job, runBatches } from "./batches.js";
import type { Kernel } from "./kernel.js";
import { gatherKernel, gatherName, type RowForm } from "./kernels/gather.js";
import { type ScatterSpec, scatterKernel, scatterName } from "./kernels/scatter-add.js";
import { type Window, writeWindow, writeWords } from "./window.js";
import type { Workspace } from "./workspace.js";

/** Elements of an item: about what a thread should take at once. */
const itemElements = 2 ** 15;
/** Columns of an item whose rows are strided: the cache lines of one row serve the next as well. */
const stridedColumns = 256;
/** Columns of an item of `scatterAdd`, whose threads may share no row, are a multiple of this. */
const stripColumns = 64;

/**
 * Row i of `out` ← row `indices[i]` of `source`, or zeros where that lies outside of it. The bits
 * of the elements are copied as they are. `indices` is an i32 column of out's length.
 *
 * Throws `DTYPE` where source and out differ in type, or indices are not i32.
 */
export function gather(
  workspace: Workspace,
  source: MatrixView,
  indices: MatrixView,
  out: MatrixView,
): void {
  const problem = problemOf(workspace, "gather", source, indices, out);
  const { rows, cols, dtype } = problem.out;
  if (rows === 0 || cols === 0) return;
  const bytes = bytesPerElement(dtype) as 2 | 4 | 8;
  const isAdjacent = hasAdjacentRows(problem);
  const form: RowForm = isAdjacent ? "adjacent" : bytes;
  const { limits } = workspace.memory;
  const kernel = workspace.kernel(gatherName(form), () => gatherKernel(form, limits));
  const width = isAdjacent ? cols : Math.min(cols, stridedColumns);
  runItems(workspace, kernel, problem, {
    rows,
    cols,
    height: Math.min(rows, Math.ceil(itemElements / width)),
    width,
    indexed: "source",
    unit: isAdjacent ? bytes : 1,
  });
}

/**
 * Row `indices[i]` of `out` += row i of `source`, in order of i, so that repeated indices add up;
 * rows outside of `out` are dropped. Each addition is rounded to out's type, or wraps for i32.
 * `indices` is an i32 column of source's length.
 *
 * Throws `DTYPE` where source and out differ in type, or indices are not i32.
 */
export function scatterAdd(
  workspace: Workspace,
  source: MatrixView,
  indices: MatrixView,
  out: MatrixView,
): void {
  const problem = problemOf(workspace, "scatterAdd", source, indices, out);
  const { rows, cols, dtype } = problem.source;
  if (rows === 0 || cols === 0) return;
  const spacing = hasAdjacentRows(problem) ? "adjacent" : "strided";
  const spec: ScatterSpec = { dtype, spacing };
  const { limits } = workspace.memory;
  const kernel = workspace.kernel(scatterName(spec), () => scatterKernel(spec, limits));
  const strips = Math.ceil(itemElements / rows / stripColumns);
  runItems(workspace, kernel, problem, {
    rows,
    cols,
    height: rows,
    width: Math.min(cols, strips * stripColumns),
    indexed: "out",
    unit: 1,
  });
}

interface Problem {
  readonly source: Window;
  readonly indices: Window;
  readonly out: Window;
}

/** How a problem is cut into items: indices, and the columns of source and out. */
interface Cuts extends Omit<Job, "write"> {
  readonly indexed: "source" | "out";
  /** What a column counts in the width of an item. */
  readonly unit: number;
}

function problemOf(
  workspace: Workspace,
  operation: string,
  source: MatrixView,
  indices: MatrixView,
  out: MatrixView,
): Problem {
  const problem = {
    source: workspace.window(source, operation),
    indices: workspace.window(indices, operation),
    out: workspace.window(out, operation),
  };
  if (indices.dtype !== "i32") {
    throw new BlkError("DTYPE", `${operation}: indices must be i32, got ${indices.dtype}`);
  }
  if (source.dtype !== out.dtype) {
    throw new BlkError(
      "DTYPE",
      `${operation}: source is ${source.dtype} and out is ${out.dtype}; they must be the same`,
    );
  }
  return problem;
}

function hasAdjacentRows({ source, out }: Problem): boolean {
  const bytes = bytesPerElement(out.dtype);
  return out.cols === 1 || (source.colStride === bytes && out.colStride === bytes);
}

function runItems(workspace: Workspace, kernel: Kernel, problem: Problem, cuts: Cuts): void {
  const { source, indices, out } = problem;
  const { rows, cols, height, width, indexed, unit } = cuts;
  const isSource = indexed === "source";
  const most = (isSource ? source : out).rows;
  const write: Job["write"] = (i32, at, row, col, high, wide) => {
    // The rows of the indexed matrix are found from its first one in every item.
    const ofSource = writeWindow(i32, at, source, isSource ? 0 : row, col);
    const ofOut = writeWindow(i32, ofSource, out, isSource ? row : 0, col);
    const ofIndices = writeWindow(i32, ofOut, indices, row);
    return writeWords(i32, ofIndices, most, high, wide * unit);
  };
  // About one nanosecond for each vector and for the index of each row.
  const nanoseconds = rows * (1 + cols / 4);
  const jobs = [{ rows, cols, height, width, write }];
  runBatches(workspace, [{ kernel, jobs, nanoseconds }]);
}
