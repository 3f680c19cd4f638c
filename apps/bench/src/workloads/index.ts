import type { BenchCase } from "./bench-case.js";
import { blockSparseCases } from "./block-sparse.js";
import { callCases } from "./calls.js";
import { elementwiseCases } from "./elementwise.js";
import { factorisationCases } from "./factorisation.js";
import { inferenceCases } from "./inference.js";
import { matmulCases } from "./matmul.js";
import { reductionCases } from "./reduction.js";
import { softmaxCases } from "./softmax.js";

/** Every case that is timed; the longest come last, for they are the first to be left out. */
export function benchCases(): readonly BenchCase[] {
  const all = [
    ...matmulCases(),
    ...blockSparseCases(),
    ...elementwiseCases(),
    ...reductionCases(),
    ...softmaxCases(),
    ...factorisationCases(),
    ...inferenceCases(),
    ...callCases(),
  ];
  return (["always", "asked", "full"] as const).flatMap((when) =>
    all.filter((benchCase) => benchCase.when === when),
  );
}
