import type { Case, CaseResult, Operand } from "@blk/conformance";

/** What a case that failed was about. Numbers are texts, for JSON has no NaN, no infinity and no −0. */
export interface CaseFailure {
  readonly inputs: readonly CaseInput[];
  readonly wrong?: FailedElement;
}

/** An input of a case. */
export interface CaseInput {
  readonly name: string;
  readonly dtype: string;
  readonly rows: number;
  readonly cols: number;
  /** How it lies in memory. */
  readonly layout: string;
  /** Its first rows, and of these the first elements. */
  readonly elements: readonly (readonly string[])[];
}

/** The first element of a result that is wrong. */
export interface FailedElement {
  readonly result: string;
  readonly rows: number;
  readonly cols: number;
  readonly row: number;
  readonly col: number;
  readonly got: string;
  readonly expected: string;
  readonly bound: string;
}

/** Rows and columns of an input that are kept. */
const mostKept = 24;

/** What is to be told of a case that failed; `undefined` where it is no computation on matrices. */
export function failureOf(oneCase: Case, { wrong }: CaseResult): CaseFailure | undefined {
  if (oneCase.kind !== "problem") return undefined;
  const inputs = oneCase.problem.inputs.map(inputOf);
  if (wrong === undefined) return { inputs };
  const { got, expected, bound, ...where } = wrong;
  const texts = { got: text(got), expected: text(expected), bound: text(bound) };
  return { inputs, wrong: { ...where, ...texts } };
}

function inputOf({ name, dtype, rows, cols, layout, elements }: Operand): CaseInput {
  const kept = Array.from({ length: Math.min(rows, mostKept) }, (_, i) =>
    Array.from(elements.subarray(i * cols, i * cols + Math.min(cols, mostKept)), (x) =>
      // Nine digits tell any two numbers of 32 bits apart.
      text(dtype === "f64" ? x : Number(x.toPrecision(9))),
    ),
  );
  return { name, dtype, rows, cols, layout, elements: kept };
}

function text(value: number): string {
  return Object.is(value, -0) ? "-0" : String(value);
}
