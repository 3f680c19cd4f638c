import { type Backend, checked, type DType, dtypes } from "@blk/core";
import type { Case, CaseContext, CaseResult, Feature } from "./case.js";
import { runProblem } from "./problem.js";
import { WrongResult } from "./wrong-result.js";

/** What a case runs on. */
export interface Target {
  readonly backend: Backend;
  /** Opens another backend of the same kind. */
  readonly open: () => Promise<Backend>;
}

/**
 * Runs one case and says what came out; never rejects. Every call is checked against the
 * contract's preconditions, and the case fails if it leaves memory behind. What the backend denies
 * by its capabilities is not run here: whether it denies that rightly is a case of its own.
 */
export async function runCase(oneCase: Case, target: Target): Promise<CaseResult> {
  const [lack] = lacksOf(oneCase, target.backend);
  if (lack === undefined) return attempt(oneCase, target);
  const message = reasonOf(lack, target.backend);
  return { ...aboutOf(oneCase), status: "unsupported", message, checks: 0 };
}

/** Runs one case as {@link runCase} does, whatever the backend says that it can do. */
export async function attempt(oneCase: Case, { backend, open }: Target): Promise<CaseResult> {
  const about = aboutOf(oneCase);
  let checks = 0;
  const context: CaseContext = {
    backend: checked(backend),
    open: async () => checked(await open()),
    check(holds, message) {
      checks += 1;
      if (holds) return;
      const reason = typeof message === "string" ? message : message();
      throw typeof reason === "string" ? new Error(reason) : reason;
    },
  };
  try {
    const before = backend.memoryUsage();
    if (oneCase.kind === "problem") await runProblem(oneCase.problem, context);
    else await oneCase.run(context);
    await backend.finish();
    const after = backend.memoryUsage();
    const left = after.buffers - before.buffers;
    context.check(
      left === 0 && after.bytes === before.bytes,
      `${left} buffers (${after.bytes - before.bytes} bytes) more are alive after the case than before it`,
    );
    return { ...about, status: "passed", checks };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    const wrong = error instanceof WrongResult ? { wrong: error.element } : {};
    return { ...about, status: "failed", message, ...wrong, checks };
  }
}

function aboutOf({
  name,
  operation,
  dtypes,
}: Case): Pick<CaseResult, "name" | "operation" | "dtype"> {
  return { name, operation, dtype: dtypes[0] ?? "" };
}

/** What a case needs and a backend does not have, by its capabilities: if anything, it need not pass. */
export function lacksOf(
  { dtypes, needs = [] }: Case,
  backend: Backend,
): readonly (DType | Feature)[] {
  return [
    ...dtypes.filter((dtype) => !backend.capabilities.dtypes.includes(dtype)),
    ...needs.filter((feature) => !hasFeature(feature, backend)),
  ];
}

function reasonOf(lack: DType | Feature, { name }: Backend): string {
  const isType = dtypes.some((dtype) => dtype === lack);
  return isType ? `${name} has no ${lack}` : `${name} lacks ${lack}, by its capabilities`;
}

/** Whether a backend says that it has a feature. */
export function hasFeature(feature: Feature, { capabilities, fused, pack }: Backend): boolean {
  switch (feature) {
    case "non-finite numbers":
      return capabilities.keepsNonFinite;
    case "subnormal numbers":
      return capabilities.keepsSubnormals;
    case "rows by index":
      return capabilities.rowIndexedTerms;
    case "fused softmax":
      return fused?.softmax !== undefined;
    case "fused mapMany":
      return fused?.mapMany !== undefined;
    case "packed operands":
      return pack !== undefined;
  }
}
