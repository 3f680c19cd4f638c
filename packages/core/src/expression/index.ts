/** The builders and tools of expressions, as the namespace `expr` of `@blk/core`. */
export * from "./build.js";
export { differentiate } from "./differentiate.js";
export {
  applyBinary,
  applyBinaryInteger,
  applyUnary,
  applyUnaryInteger,
  evaluate,
  evaluateInteger,
} from "./evaluate.js";
export { argumentsOf, binaryOps, integerOps, unaryOps } from "./expression.js";
export { fold, type Interpretation } from "./fold.js";
export { formatExpr as format } from "./format.js";
export type { Step } from "./schedule.js";
export { exprKey as key, inputCount, sameExpr as same, schedule, scheduleAll } from "./schedule.js";
export { isZero, simplify, substitute, withAbsent } from "./simplify.js";
