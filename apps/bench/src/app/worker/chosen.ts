import { contractCases } from "../../conformance-cases.js";
import { comparedInPage } from "../../page/page-selection.js";
import { choose, type Selection, select } from "../../selection.js";
import type { RunRequest } from "./tasks.js";

type Request = Omit<RunRequest, "modules">;

/** What a request chooses, which may be nothing. */
export function chosenOf(request: Request): Selection {
  return inPage(choose(request.options, contractCases()), request);
}

/** The same; throws `UsageError` where that is nothing. */
export function selectionOf(request: Request): Selection {
  return inPage(select(request.options, contractCases()), request);
}

function inPage(selection: Selection, { largest }: Request): Selection {
  const fits = ({ id }: { readonly id: string }): boolean =>
    largest === undefined || sizeOf(id) <= largest;
  return {
    ...selection,
    performance: selection.performance.filter(fits),
    partition: selection.partition.filter(fits),
    compared: selection.compared.filter((one) => comparedInPage.includes(one.id) && fits(one)),
    // Not offered by the page.
    training: [],
    related: [],
  };
}

/** The largest of the sizes that an id tells: 1024 of `matmul/f32/thin/8x1024x64`. */
export function sizeOf(id: string): number {
  const sizes = id
    .split("/")
    .filter((part) => /^\d+(x\d+)*$/.test(part))
    .flatMap((part) => part.split("x").map(Number));
  return Math.max(0, ...sizes);
}
