/** What is checked of arguments before anything looks into them. */
import { type Backend, BlkError, checkBackend, checkOptions, describeValue } from "@blk/core";
import type { Random } from "./random.js";

/** Throws `ARGUMENT` unless this is a whole number of at least `least`. */
export function checkWhole(operation: string, name: string, value: unknown, least = 0): void {
  const fits = Number.isSafeInteger(value) && (value as number) >= least;
  checkNumber(operation, name, value, fits, `a whole number of ${least} or more`);
}

/** Throws `ARGUMENT` unless it fits: `adam: expected beta1 to be from 0 to below 1, got 1`. */
export function checkNumber(
  operation: string,
  name: string,
  value: unknown,
  fits: boolean,
  expected: string,
): void {
  if (typeof value === "number" && fits) return;
  throw new BlkError(
    "ARGUMENT",
    `${operation}: expected ${name} to be ${expected}, got ${describeValue(value)}`,
  );
}

/** Throws `ARGUMENT` unless this can be called. */
export function checkFunction(
  operation: string,
  name: string,
  value: unknown,
  example: string,
): void {
  if (typeof value === "function") return;
  throw new BlkError(
    "ARGUMENT",
    `${operation}: expected ${name} to be a function, such as ${example}, got ${describeValue(value)}`,
  );
}

/** Throws `ARGUMENT` unless numbers can be drawn from this. */
export function checkRandom(operation: string, random: Random): void {
  if (typeof random?.normal === "function" && typeof random.state === "function") return;
  throw new BlkError(
    "ARGUMENT",
    `${operation}: expected random to be a Random, got ${describeValue(random)}; write random: new Random(1)`,
  );
}

/** Throws `ARGUMENT` for options that are none, a backend that is not open, and sizes that are none. */
export function checkLayer<Options extends { readonly backend: Backend }>(
  operation: string,
  options: Options,
  ...sizes: readonly (keyof Options & string)[]
): void {
  const example = ["backend", ...sizes.map((name) => `${name}: …`)].join(", ");
  checkOptions(operation, options, `such as { ${example} }`);
  checkBackend(operation, options.backend);
  for (const name of sizes) checkWhole(operation, name, options[name]);
}
