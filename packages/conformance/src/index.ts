/** @blk/conformance: the backend contract of @blk/core as executable cases. */
export type {
  BehaviourCase,
  Case,
  CaseContext,
  CaseResult,
  Expectation,
  Feature,
  Operand,
  Problem,
  ProblemCase,
  Result,
  WrongElement,
} from "./case.js";
export { type ConformanceOptions, conformanceCases } from "./conformance-cases.js";
export {
  type DescribeOptions,
  describeConformance,
  type TestContext,
  type TestRunner,
} from "./describe-conformance.js";
export { type CountingBackend, countsOf, type DeviceCounts } from "./device-counts.js";
export { findGpu, type Gpu, type GpuImplementation } from "./find-gpu.js";
export type { Layout } from "./layout.js";
export { runCase, type Target } from "./run-case.js";
