/** The types of single numbers. */
export type ScalarType = "i32" | "i64" | "f32" | "f64";

/** The types of WebAssembly's values. */
export type ValueType = ScalarType | "v128";

/** What an instruction leaves: a value, or nothing. */
export type ResultType = ValueType | "none";

/** The binary format's code of each type. */
export const typeCodes: Readonly<Record<ValueType, number>> = {
  i32: 0x7f,
  i64: 0x7e,
  f32: 0x7d,
  f64: 0x7c,
  v128: 0x7b,
};

/** The JavaScript type of each type's constants; vectors have `v128.const`. */
interface Constants {
  i32: number;
  i64: bigint;
  f32: number;
  f64: number;
  v128: never;
}

/** A plain number that stands for a constant of type `T`. */
export type Constant<T extends ValueType> = Constants[T];

/** The parameters of a function: their types by name, in order. */
export type Params = Readonly<Record<string, ValueType>>;

export type NoParams = Readonly<Record<never, never>>;

/** The results of a function: none, one, or, where only JavaScript calls it, several. */
export type Results = readonly ValueType[];

/** What a function takes and gives. */
export interface Signature<P extends Params = Params, R extends Results = Results> {
  readonly params?: P;
  readonly results?: R;
}

/** What a module can show to the outside. */
export interface Exportable {
  /** The module. */
  readonly owner: object;
  /** The binary format's code of its kind. */
  readonly kind: number;
  readonly index: number;
}

/** The codes of the kinds of imports and exports. */
export const kinds = { func: 0, memory: 2 } as const;
