import {
  BlkError,
  bytesPerElement,
  type MatrixView,
  type Product,
  type ProductOptions,
  type ProductPlan,
} from "@blk/core";
import type { GpuBuffer } from "./buffers.js";
import { launchTasks } from "./kernel-tasks.js";
import type { KnownExpression } from "./known-expressions.js";
import { gemvTile } from "./params.js";
import { type PlannedProduct, partOf, planCall, scratchElements } from "./product-plan.js";
import { headerOf } from "./product-table.js";
import {
  combineTask,
  gemmTask,
  gemvTask,
  type Place,
  type ProductTask,
} from "./product-variants.js";
import type { Workspace } from "./workspace.js";

/**
 * `c ← E(alpha · Σₜ aₜ·bₜ + beta · c)` for each product; with beta = 0, `c` is not read.
 *
 * Products whose views lie in the same buffers are one launch. Where a call has too few tiles to
 * fill the device, sums are cut into parts; where the terms of a product lie in many buffers, each
 * launch adds to the sums of the last. Both go by way of scratch memory, from which a last launch
 * finishes the product, always in the same order.
 *
 * Throws `DTYPE` for i32 with scalars that are no integers, and for types that do not go together.
 */
export function multiply(
  workspace: Workspace,
  products: readonly Product[],
  options: ProductOptions,
): void {
  const call = callOf(workspace, products, options);
  const { planned, scratchBytes } = call;
  if (planned.some(({ type }) => type === "i32")) checkIntegerScalars(call);
  const scratch = scratchBytes === 0 ? undefined : workspace.buffers.allocate(scratchBytes);
  try {
    const steps = tasksOf(workspace, call, scratch);
    const sum = { alpha: 1, epilogue: undefined };
    steps.partial.forEach((tasks, i) => {
      launch(workspace, tasks, { ...sum, beta: i === 0 ? 0 : 1 });
    });
    launch(workspace, steps.finished, call);
  } finally {
    scratch?.dispose();
  }
}

/** What {@link multiply} would run: the variant of the largest product, and the scratch of all. */
export function planProducts(
  workspace: Workspace,
  products: readonly Product[],
  options: ProductOptions,
): ProductPlan {
  const { planned, scratchBytes } = callOf(workspace, products, options);
  let largest: PlannedProduct | undefined;
  let most = -1;
  for (const product of planned) {
    const work = product.c.rows * product.c.cols * depthOf(product);
    if (work > most) largest = product;
    most = Math.max(work, most);
  }
  if (largest === undefined) return { variant: "none", workspaceBytes: 0 };
  const anywhere: Place = { buffers: imagined, traits: workspace.traits };
  const [group] = largest.groups;
  const { variant } =
    group === undefined
      ? combineTask(anywhere, largest, undefined)
      : sumTask(anywhere, largest, group, largest.c, largest.operands);
  const split = largest.parts > 1 ? `_split${largest.parts}` : "";
  return { variant: `${variant}${split}`, workspaceBytes: scratchBytes };
}

/** Plans are also made of views of buffers that are only imagined. */
const imagined: Place["buffers"] = { ofView: ({ buffer }) => buffer as GpuBuffer };

/** A call with its plan. */
interface Call extends Scalars {
  readonly planned: readonly PlannedProduct[];
  readonly scratchBytes: number;
}

/** What a launch does with its sums. */
interface Scalars {
  readonly alpha: number;
  readonly beta: number;
  readonly epilogue: KnownExpression | undefined;
}

function callOf(
  { expressions, traits, params }: Workspace,
  products: readonly Product[],
  { alpha = 1, beta = 0, epilogue }: ProductOptions,
): Call {
  const known = epilogue === undefined ? undefined : expressions.of(epilogue);
  const planned = planCall(products, {
    params,
    operands: Math.max(0, ...(known?.inputs ?? [])),
    // One is the parameters'.
    mostBuffers: traits.limits.maxStorageBuffersPerShaderStage - 1,
  });
  const elements = planned.reduce((sum, product) => sum + scratchElements(product), 0);
  return { planned, alpha, beta, epilogue: known, scratchBytes: elements * bytesPerElement("f32") };
}

function checkIntegerScalars({ alpha, beta }: Scalars): void {
  if (Number.isInteger(alpha) && Number.isInteger(beta)) return;
  throw new BlkError(
    "DTYPE",
    `multiply: alpha and beta must be integers for i32, got ${alpha} and ${beta}`,
  );
}

/** The tasks of a call: partial sums, which go on from list to list, and then what is finished. */
function tasksOf(
  workspace: Workspace,
  { planned }: Call,
  scratch: GpuBuffer | undefined,
): { readonly partial: readonly ProductTask[][]; readonly finished: readonly ProductTask[] } {
  const partial: ProductTask[][] = [];
  const finished: ProductTask[] = [];
  let offset = 0;
  for (const product of planned) {
    const { c, operands, groups, parts, type, isWhole } = product;
    if (groups.length === 0) {
      finished.push(combineTask(workspace, product, undefined));
    } else if (isWhole) {
      finished.push(sumTask(workspace, product, groups[0]!, c, operands));
    } else {
      const planes = Array.from({ length: parts }, (_, part): MatrixView => {
        const { rows, cols } = c;
        const at = offset + part * rows * cols;
        return {
          buffer: scratch as GpuBuffer,
          dtype: type,
          rows,
          cols,
          offset: at,
          rowStride: cols,
          colStride: 1,
        };
      });
      groups.forEach((terms, i) => {
        partial[i] ??= [];
        planes.forEach((plane, part) => {
          const slice = partOf(terms, part, parts);
          if (slice.length > 0) partial[i]!.push(sumTask(workspace, product, slice, plane, []));
          else if (i === 0) partial[i]!.push(zeroTask(workspace, product, plane));
        });
      });
      finished.push(combineTask(workspace, product, { first: planes[0]!, count: parts }));
      offset += scratchElements(product);
    }
  }
  return { partial, finished };
}

/** A task that sums terms that lie in the same buffers. */
function sumTask(
  place: Place,
  { type, kind, tile }: PlannedProduct,
  terms: PlannedProduct["groups"][number],
  c: MatrixView,
  operands: readonly MatrixView[],
): ProductTask {
  const result = { type, c, operands };
  return kind === "gemv"
    ? gemvTask(place, result, terms, gemvTile)
    : gemmTask(place, result, terms, tile);
}

function zeroTask(workspace: Workspace, { type }: PlannedProduct, c: MatrixView): ProductTask {
  return combineTask(workspace, { type, c, operands: [] }, undefined);
}

function depthOf({ groups }: PlannedProduct): number {
  return groups.flat().reduce((sum, { a }) => sum + a.cols, 0);
}

/** Launches tasks in any order, those of one kernel together. */
function launch(workspace: Workspace, tasks: readonly ProductTask[], scalars: Scalars): void {
  const variants = new Map<string, ProductTask[]>();
  for (const task of tasks) {
    const list = variants.get(task.variant);
    if (list === undefined) variants.set(task.variant, [task]);
    else list.push(task);
  }
  const { alpha, beta, epilogue } = scalars;
  for (const [variant, list] of variants) {
    const [{ type }] = list as [ProductTask];
    launchTasks(workspace, list, {
      operation: "multiply",
      header: headerOf(type, alpha, beta, epilogue),
      kernelOf: (bindings) => {
        const name = `${variant}_${epilogue?.key ?? "sum"}_${bindings.key}`;
        const task = list.find((each) => each.bindings.key === bindings.key) as ProductTask;
        return workspace.kernel(name, () => task.generate(epilogue));
      },
    });
  }
}
