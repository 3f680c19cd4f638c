import { BlkError } from "@blk/core";
import { raw, signed } from "./bytes.js";
import { type Constant, type ResultType, typeCodes, type ValueType } from "./types.js";

/** Throws: a module that an engine would refuse, or that means something else than it says, ends here. */
export function refuse(message: string): never {
  throw new BlkError("ARGUMENT", message);
}

/** What a function must know of a value before it writes it down. */
export interface Traits {
  /** It does more than leave a value. */
  readonly effect?: boolean;
  /** It needs a memory. */
  readonly memory?: boolean;
  /** The only function, or module, that it has a meaning in. */
  readonly owner?: object;
}

/**
 * An instruction with its operands, which becomes code where it is used: in a statement of a
 * function, or as an operand. Used twice, it is code twice; a local holds what is to be computed
 * once. For the same reason a load reads memory, and a local its value, at the place of use.
 */
export class Value<T extends ResultType> {
  readonly type: T;
  /** Names it in messages. */
  readonly name: string;
  readonly operands: readonly Value<ValueType>[];
  /** The instruction itself, which follows its operands. */
  readonly bytes: readonly number[];
  readonly traits: Traits;
  /** Whether it is to be used, and only once: it does more than leave a value, or leaves none. */
  readonly once: boolean;

  constructor(
    type: T,
    name: string,
    operands: readonly Value<ValueType>[],
    bytes: readonly number[],
    traits: Traits = {},
  ) {
    this.type = type;
    this.name = name;
    this.operands = operands;
    this.bytes = bytes;
    this.traits = traits;
    this.once = type === "none" || traits.effect === true;
    if (this.once) unused?.add(this);
  }
}

/** An instruction that leaves nothing, such as a store; `f.do` writes it into a function. */
export type Statement = Value<"none">;

/** What stands where an instruction takes a `T`: a value, or a number for a constant. */
export type Operand<T extends ValueType> = Value<T> | Constant<T>;

/** Instructions to be used once that the function now being built has made and not used. */
export type Unused = Set<Value<ResultType>>;

let unused: Unused | undefined;

/**
 * Runs the body of a function with a set of its own for instructions to be used. A store that
 * was made and never used would be a store that silently does not happen; with the set, the
 * function can refuse it.
 */
export function collectUnused<B>(body: (unused: Unused) => B): B {
  const outer = unused;
  unused = new Set();
  try {
    return body(unused);
  } finally {
    unused = outer;
  }
}

/** The operand as a value. Throws where it is of another type, naming the instruction and the place. */
export function operand<T extends ValueType>(
  instruction: string,
  place: number | string,
  type: T,
  given: Operand<T>,
): Value<T> {
  if (given instanceof Value) {
    if (given.type === type) return given;
  } else {
    const bytes = constantBytes(type, given);
    if (bytes !== undefined) return new Value(type, `${type}.const`, [], bytes);
  }
  return refuse(
    `${instruction}: operand ${place} is ${describe(given)}, expected ${type}${ranges[type]}`,
  );
}

const ranges: Readonly<Record<ValueType, string>> = {
  i32: " or a whole number from -2^31 to 2^32-1",
  i64: " or a bigint from -2^63 to 2^64-1",
  f32: " or a number",
  f64: " or a number",
  v128: "",
};

function describe(given: unknown): string {
  if (given instanceof Value) return given.type === "none" ? "a statement" : given.type;
  if (typeof given === "bigint") return `${given}n`;
  return typeof given === "string" ? JSON.stringify(given) : String(given);
}

/** The instruction that leaves a constant, if `value` is one of this type. */
function constantBytes(type: ValueType, value: unknown): number[] | undefined {
  const opcode = 0x41 + typeCodes.i32 - typeCodes[type];
  if (typeof value === "number") {
    if (type === "f32") return [opcode, ...raw(new Float32Array([value]))];
    if (type === "f64") return [opcode, ...raw(new Float64Array([value]))];
    if (type === "i32" && ((value | 0) === value || value >>> 0 === value)) {
      return [opcode, ...signed(value | 0)];
    }
  }
  if (type === "i64" && typeof value === "bigint") {
    const wrapped = BigInt.asIntN(64, value);
    if (wrapped === value || BigInt.asUintN(64, value) === value) {
      return [opcode, ...signed(wrapped)];
    }
  }
  return undefined;
}
