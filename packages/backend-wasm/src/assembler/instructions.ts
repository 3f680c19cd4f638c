import { unsigned } from "./bytes.js";
import { type Immediates, immediates } from "./immediates.js";
import { type ResultType, typeCodes, type ValueType } from "./types.js";
import { type Operand, operand, Value } from "./value.js";

/**
 * Instructions that take and leave the same, and whose opcodes follow one another:
 *
 * - the opcode of the first; with a prefix byte, that before three digits (`0xfd060`);
 * - their names, in the order of opcodes: those of the specification in camel case, a `_` where an
 *   opcode is of another kind;
 * - what they take: the types of operands, then immediates, and `once` where they do more than
 *   leave a value;
 * - the type that they leave, or "none";
 * - the distance from their opcodes to those of the next type that has the same instructions.
 *
 * `t` stands for the type that the row is read for, so that i32 and i64 share theirs.
 */
export type Row = readonly [
  first: number,
  names: string,
  takes: string,
  leaves: string,
  stride?: number,
];

type Words<S extends string> = S extends `${infer Head} ${infer Rest}` ? Head | Words<Rest> : S;

type Taken<Word extends string, T extends ValueType> = Word extends "t"
  ? [Operand<T>]
  : Word extends ValueType
    ? [Operand<Word>]
    : Word extends keyof Immediates
      ? Immediates[Word]
      : [];

type Arguments<S extends string, T extends ValueType> = S extends `${infer Head} ${infer Rest}`
  ? [...Taken<Head, T>, ...Arguments<Rest, T>]
  : Taken<S, T>;

type Left<S extends string, T extends ValueType> = S extends "t"
  ? Value<T>
  : S extends ResultType
    ? Value<S>
    : never;

/** The functions that make the instructions of some rows, read for the type `T`. */
export type Instructions<Rows extends readonly Row[], T extends ValueType> = {
  readonly [R in Rows[number] as Exclude<Words<R[1]>, "_">]: (
    ...given: Arguments<R[2], T>
  ) => Left<R[3], T>;
};

/**
 * Makes the functions of some rows. `prefix` stands before their names, `type` is what `t` means,
 * and `place` counts the strides from the opcodes of the rows.
 */
export function instructions<const Rows extends readonly Row[], T extends ValueType>(
  prefix: string,
  type: T,
  rows: Rows,
  place = 0,
): Instructions<Rows, T> {
  const members: Record<string, unknown> = {};
  for (const [first, names, takes, leaves, stride = 0] of rows) {
    const own = (word: string): string => (word === "t" ? type : word);
    const words = takes.split(" ").map(own);
    const types = words.filter((word) => word in typeCodes) as ValueType[];
    const kinds = words.filter((word) => word in immediates) as (keyof Immediates)[];
    const traits = {
      memory: ["access", "atomic", "memory"].some((word) => words.includes(word)),
      effect: words.includes("once") || words.includes("atomic"),
    };
    names.split(" ").forEach((member, index) => {
      if (member === "_") return;
      const name = `${prefix}.${member}`;
      const opcode = opcodeBytes(first + place * stride + index);
      members[member] = (...given: unknown[]): Value<ResultType> => {
        const operands = types.map((expected, i) =>
          operand(name, i + 1, expected, given[i] as Operand<ValueType>),
        );
        const encoded = kinds.map((kind, i) => immediates[kind](name, given[types.length + i]));
        // A lane stands behind the access, which comes last as an argument to be left out.
        const bytes = [...opcode, ...encoded.reverse().flat()];
        return new Value(own(leaves) as ResultType, name, operands, bytes, traits);
      };
    });
  }
  return members as Instructions<Rows, T>;
}

/** The opcode as it stands in the code. */
function opcodeBytes(opcode: number): number[] {
  return opcode < 0x100 ? [opcode] : [opcode >>> 12, ...unsigned(opcode & 0xfff)];
}
