import { sized, vector } from "./bytes.js";
import { Code, type Surroundings } from "./code.js";
import type { Func } from "./func.js";
import { FunctionBuilder, type Returned } from "./function-builder.js";
import { Local } from "./local.js";
import { type Params, type Results, typeCodes, type ValueType } from "./types.js";
import { collectUnused, type Operand, type Unused } from "./value.js";

/** The locals that hold a function's arguments, by the names of the parameters. */
export type Parameters<P extends Params> = { readonly [K in keyof P]: Local<P[K]> };

/** Writes a function and gives its results; the last parameter is the function itself, for calls. */
export type Writer<P extends Params, R extends Results, Given> = (
  f: FunctionBuilder<R>,
  parameters: Parameters<P>,
  self: Func<P, R>,
) => Given;

/** A writer that gives nothing where there are no results, or where its last statement returns. */
export type FunctionBody<P extends Params, R extends Results> = [R] extends [readonly []]
  ? Writer<P, R, void>
  : [R] extends [readonly [infer T extends ValueType]]
    ? Writer<P, R, Operand<T> | undefined>
    : Writer<P, R, Returned<R> | undefined>;

/** Runs the body of a function, and gives its code. Throws where it is not one that an engine would run. */
export function defineFunction<P extends Params, R extends Results>(
  func: Func<P, R>,
  module: Surroundings,
  body: Writer<P, R, unknown>,
): readonly number[] {
  return collectUnused((unused) => {
    const code = new Code(func.name, module, unused);
    const locals = Object.entries(func.params).map(
      ([name, type], index) => new Local(type, name, code, index),
    );
    const parameters = Object.fromEntries(locals.map((local) => [local.name, local]));
    const f = new FunctionBuilder(code, func.results, locals);
    const given = body(f, parameters as unknown as Parameters<P>, func);
    if (given !== undefined || !code.ended) code.writeResults(func.results, listOf(given));
    refuseUnused(code, unused);
    const declared = locals.slice(Object.keys(func.params).length);
    const declarations = vector(declared.map(({ type }) => [1, typeCodes[type]]));
    return sized([...declarations, ...code.opening, ...code.bytes, 0x0b]);
  });
}

function listOf(given: unknown): Operand<ValueType>[] {
  if (given === undefined) return [];
  return (Array.isArray(given) ? given : [given]) as Operand<ValueType>[];
}

function refuseUnused(code: Code, unused: Unused): void {
  for (const { name, type } of unused) {
    const use = type === "none" ? "f.do writes a statement" : "f.drop forgets a value";
    code.refuse(`${name} was made and not used; ${use}`);
  }
}
