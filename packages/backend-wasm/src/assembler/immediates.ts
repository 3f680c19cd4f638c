import { unsigned } from "./bytes.js";
import { refuse } from "./value.js";

/** How far an instruction reaches beyond its address. */
export interface Offset {
  /** Bytes added to the address, without wrapping; they cost nothing. */
  readonly offset?: number;
}

/** Where an instruction reaches into memory, beside its address. */
export interface Access extends Offset {
  /** Bytes that the address is a multiple of: a promise to the engine, at most the natural width. */
  readonly align?: number;
}

/** What instructions take beside operands, as arguments of the functions that make them. */
export interface Immediates {
  readonly access: [access?: Access];
  /** The access of an atomic instruction, whose alignment is always the natural one. */
  readonly atomic: [access?: Offset];
  /** A lane of a vector. */
  readonly lane: [lane: number];
  /** The bytes that a shuffle picks from two vectors. */
  readonly lanes: [lanes: readonly number[]];
  /** The index of the memory, of which there is one. */
  readonly memory: [];
  /** The order of a fence, of which there is one. */
  readonly order: [];
}

/** Bits that an instruction moves: in its name as 8, 16, 32 or 8x8, else those of its type. */
function bitsOf(name: string): number {
  const [type = "", member = ""] = name.split(".");
  const [, digits = "32", several] = /(\d+)(x\d)?/.exec(member) ?? /(\d+)/.exec(type) ?? [];
  return several ? 64 : Number(digits);
}

function whole(name: string, what: string, given: number, most: number): number {
  if (Number.isInteger(given) && given >= 0 && given <= most) return given;
  return refuse(`${name}: ${what} is ${given}, expected a whole number from 0 to ${most}`);
}

function access(name: string, { offset = 0, align }: Access = {}): number[] {
  const natural = bitsOf(name) / 8;
  const log = Math.log2(align ?? natural);
  if (!Number.isInteger(log) || log < 0 || 2 ** log > natural) {
    refuse(`${name}: the alignment is ${align}, expected a power of two up to ${natural}`);
  }
  return [log, ...unsigned(whole(name, "the offset", offset, 0xffffffff))];
}

type Encoders = {
  readonly [K in keyof Immediates]: (name: string, ...given: Immediates[K]) => number[];
};

const encoders: Encoders = {
  access,
  atomic: (name, { offset = 0 } = {}) => access(name, { offset }),
  lane: (name, lane) => [whole(name, "the lane", lane, 128 / bitsOf(name) - 1)],
  lanes(name, lanes) {
    if (lanes.length !== 16) refuse(`${name}: there are ${lanes.length} lanes, expected 16`);
    return lanes.map((lane) => whole(name, "a lane", lane, 31));
  },
  memory: () => [0],
  order: () => [0],
};

/** Encodes the immediates of the instruction `name`. Throws where they are out of range. */
export const immediates = encoders as Readonly<
  Record<keyof Immediates, (name: string, given: unknown) => number[]>
>;
