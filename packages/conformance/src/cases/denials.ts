import { type Backend, type DType, dtypes } from "@blk/core";
import { behaviourCase, type Case, type CaseContext, type Feature } from "../case.js";
import { attempt, lacksOf } from "../run-case.js";

/** What a backend may say that it lacks, and where it takes that back. */
interface Denial {
  readonly lack: DType | Feature;
  readonly remedy: string;
}

const denials: readonly Denial[] = [
  ...dtypes.map((lack) => ({ lack, remedy: `add ${lack} to capabilities.dtypes` })),
  { lack: "rows by index", remedy: "set capabilities.rowIndexedTerms" },
];

/** So many cases of an operation, evenly spread, show that it works after all. */
const most = 24;

/**
 * A skip must have its reason: what the capabilities deny is tried all the same, with some of
 * `cases` of each operation, on a backend opened for that. One of them has to fail.
 */
export function denialCases(cases: readonly Case[]): readonly Case[] {
  return denials.map((denial) =>
    behaviourCase("capabilities", [], `${denial.lack}: offered, or refused`, (context) =>
      checkDenial(denial, cases, context),
    ),
  );
}

async function checkDenial(
  { lack, remedy }: Denial,
  cases: readonly Case[],
  context: CaseContext,
): Promise<void> {
  const { backend, check } = context;
  for (const [operation, list] of trialsOf(lack, cases, backend)) {
    const passed = await allPass(list, context);
    check(
      !passed,
      `unexpected pass: ${backend.name} says that it has no ${lack}, but passes ${list.length} cases of ${operation} with it, such as ${list[0]?.name}; ${remedy}, or refuse it with UNSUPPORTED`,
    );
  }
}

/** The problems of each operation that this lack alone keeps from the backend, a few of each. */
function trialsOf(
  lack: DType | Feature,
  cases: readonly Case[],
  backend: Backend,
): ReadonlyMap<string, readonly Case[]> {
  const all = new Map<string, Case[]>();
  for (const one of cases) {
    if (lacksOf(one, backend).join() !== lack || !isTelling(one, lack)) continue;
    const list = all.get(one.operation);
    if (list === undefined) all.set(one.operation, [one]);
    else list.push(one);
  }
  return new Map([...all].map(([operation, list]) => [operation, spread(list)]));
}

/**
 * Whether passing proves something: core's operations ask the capabilities before they use a type,
 * and a problem without work passes anywhere. A case is about its first type; other ones may be
 * those of indices, which a backend may read without computing with them.
 */
function isTelling(one: Case, lack: DType | Feature): boolean {
  const isType = one.dtypes.some((dtype) => dtype === lack);
  return one.kind === "problem" && one.problem.flops > 0 && (!isType || one.dtypes[0] === lack);
}

function spread(list: readonly Case[]): readonly Case[] {
  if (list.length <= most) return list;
  return Array.from({ length: most }, (_, i) => list[Math.floor((i * list.length) / most)] as Case);
}

/** Whether none of the cases fails, on a backend of their own: what fails there harms no other. */
async function allPass(cases: readonly Case[], { open }: CaseContext): Promise<boolean> {
  const backend = await open();
  try {
    for (const one of cases) {
      if ((await attempt(one, { backend, open })).status === "failed") return false;
    }
    return true;
  } finally {
    await backend.dispose();
  }
}
