import { type Backend, checked } from "@blk/core";
import type { Case, CaseContext, CaseResult, Feature } from "./case.js";
import { runProblem } from "./problem.js";

/** What a case runs on. */
export interface Target {
  readonly backend: Backend;
  /** Opens another backend of the same kind. */
  readonly open: () => Promise<Backend>;
}

/**
 * Runs one case and says what came out; never rejects. Every call is checked against the
 * contract's preconditions, and the case fails if it leaves memory behind.
 */
export async function runCase(oneCase: Case, { backend, open }: Target): Promise<CaseResult> {
  const { name, operation } = oneCase;
  const about = { name, operation, dtype: oneCase.dtypes[0] ?? ("" as const) };
  const reason = unsupportedReason(oneCase, backend);
  if (reason !== undefined) {
    return { ...about, status: "unsupported", message: reason, checks: 0 };
  }
  let checks = 0;
  const context: CaseContext = {
    backend: checked(backend),
    open: async () => checked(await open()),
    check(holds, message) {
      checks += 1;
      if (!holds) throw new Error(typeof message === "string" ? message : message());
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
    return { ...about, status: "failed", message, checks };
  }
}

/** Why this backend need not pass the case; `undefined` if it must. */
function unsupportedReason(oneCase: Case, backend: Backend): string | undefined {
  const { name, capabilities } = backend;
  const missing = oneCase.dtypes.find((dtype) => !capabilities.dtypes.includes(dtype));
  if (missing !== undefined) return `${name} has no ${missing}`;
  const lacking = oneCase.needs?.find((feature) => !hasFeature(feature, backend));
  return lacking && `${name} lacks ${lacking}, by its capabilities`;
}

/** Whether a backend says that it has a feature. */
export function hasFeature(feature: Feature, { capabilities, fused }: Backend): boolean {
  switch (feature) {
    case "non-finite numbers":
      return capabilities.keepsNonFinite;
    case "subnormal numbers":
      return capabilities.keepsSubnormals;
    case "rows by index":
      return capabilities.rowIndexedTerms;
    case "fused softmax":
      return fused?.softmax !== undefined;
  }
}
