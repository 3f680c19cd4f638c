import { unsigned } from "./bytes.js";
import {
  type Exportable,
  kinds,
  type Params,
  type Results,
  type ResultType,
  type Signature,
} from "./types.js";
import { type Operand, operand, refuse, Value } from "./value.js";

/** The arguments of a call, by the names of the parameters. */
export type Arguments<P extends Params> = { readonly [K in keyof P]: Operand<P[K]> };

/** What a call leaves; a call that left several values could not be an operand. */
type Left<R extends Results> = R extends readonly []
  ? "none"
  : R extends readonly [infer T extends ResultType]
    ? T
    : never;

/** A function of a module, imported or its own. */
export class Func<P extends Params = Params, R extends Results = Results> implements Exportable {
  readonly name: string;
  readonly params: P;
  readonly results: R;
  readonly owner: object;
  readonly kind: number = kinds.func;
  readonly index: number;

  constructor(name: string, signature: Signature<P, R>, owner: object, index: number) {
    this.name = name;
    this.params = signature.params ?? ({} as P);
    this.results = signature.results ?? ([] as Results as R);
    this.owner = owner;
    this.index = index;
  }

  /**
   * A call: a value, or, of a function without results, a statement. Arguments are computed in the
   * order of the parameters.
   */
  call(given: Arguments<P>): Value<Left<R>> {
    const { name, params, results, owner, index } = this;
    const what = `${name}.call`;
    if (results.length > 1) {
      refuse(`${what}: ${name} has ${results.length} results, a call in a function at most 1`);
    }
    for (const argument of Object.keys(given)) {
      if (!Object.hasOwn(params, argument)) refuse(`${what}: ${name} has no parameter ${argument}`);
    }
    const values = Object.entries(params).map(([parameter, type]) =>
      operand(what, parameter, type, given[parameter]!),
    );
    const left = (results[0] ?? "none") as Left<R>;
    return new Value(left, what, values, [0x10, ...unsigned(index)], { owner, effect: true });
  }
}
