import { contractCases } from "../../conformance-cases.js";
import { comparedInPage } from "../../page/page-selection.js";
import { choose, isEmpty, type Selection, select } from "../../selection.js";
import { UsageError } from "../../usage-error.js";
import type { RunRequest } from "./tasks.js";

type Request = Omit<RunRequest, "modules">;

/** What a request chooses, which may be nothing. */
export function chosenOf(request: Request): Selection {
  return ofSizes(inPage(choose(request.options, contractCases())), request.sizes);
}

/** The same; throws `UsageError` where that is nothing. */
export function selectionOf(request: Request): Selection {
  const selection = ofSizes(inPage(select(request.options, contractCases())), request.sizes);
  if (!isEmpty(selection)) return selection;
  throw new UsageError(
    `none of these cases has a size of ${request.sizes?.join(", ")}; choose all sizes, or other cases`,
  );
}

function inPage(selection: Selection): Selection {
  return {
    ...selection,
    compared: selection.compared.filter(({ id }) => comparedInPage.includes(id)),
    // Not offered by the page.
    training: [],
    related: [],
  };
}

/** Of what is timed, the cases of these sizes; all without sizes. */
export function ofSizes(selection: Selection, sizes: Request["sizes"]): Selection {
  if (sizes === undefined) return selection;
  const fits = (sized: Sized): boolean => sizes.includes(sizeOf(sized));
  const { performance, partition, compared } = selection;
  return {
    ...selection,
    performance: performance.filter(fits),
    partition: partition.filter(fits),
    compared: compared.filter(fits),
  };
}

/** The sizes of the timed cases, ascending. */
export function sizesOf({ performance, partition }: Selection): readonly number[] {
  const sizes = [...performance, ...partition].map(sizeOf).filter((size) => size > 0);
  return [...new Set(sizes)].sort((x, y) => x - y);
}

interface Sized {
  readonly id: string;
  readonly label?: string;
}

/** The largest of the sizes that an id tells, 1024 of `matmul/f32/thin/8x1024x64`, or else a label. */
export function sizeOf({ id, label = "" }: Sized): number {
  const sizes = id
    .split("/")
    .filter((part) => /^\d+(x\d+)*$/.test(part))
    .flatMap((part) => part.split("x").map(Number));
  const inLabel = Number(/\bn = (\d+)/.exec(label)?.[1] ?? 0);
  return sizes.length === 0 ? inLabel : Math.max(...sizes);
}
