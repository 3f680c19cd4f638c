import { BlkError, checkOptions, describeValue } from "@blk/core";

/** Throws `ARGUMENT` unless an option is as expected. */
export function checkOption(
  name: string,
  value: unknown,
  isRight: boolean,
  expected: string,
): void {
  if (isRight) return;
  throw new BlkError(
    "ARGUMENT",
    `wasm: ${name} must be ${expected}, got ${describeValue(value)}; leave it out for the default`,
    { details: { name, value } },
  );
}

/** Throws `ARGUMENT` unless these are options of no other names, which would go unnoticed. */
export function checkNames(what: string, options: object, known: readonly string[]): void {
  const expected = `of ${known.join(", ")}`;
  checkOptions("wasm", options, expected);
  for (const name of Object.keys(options)) {
    checkOption(`the name of ${what}`, name, known.includes(name), `one ${expected}`);
  }
}

/** Throws `ARGUMENT` unless a number is a multiple of `unit` from `least` to `most`. */
export function checkNumber(
  name: string,
  value: number,
  least: number,
  most: number,
  unit = 1,
): void {
  const isWhole = Number.isInteger(value) && value % unit === 0;
  const kind = unit === 1 ? "whole number" : `multiple of ${unit}`;
  checkOption(
    name,
    value,
    isWhole && value >= least && value <= most,
    `a ${kind} from ${least} to ${most}`,
  );
}
