import type { Bindings, Slot, SlotType } from "../operands.js";
import type { ComputeType } from "./expression.js";
import { declareFunctions, type FunctionName } from "./functions.js";

/** What elements of f16 are read as; `f16` takes the extension of WGSL of that name. */
export type HalfAs = "f32" | "f16";

/**
 * WGSL that declares the buffers of a kernel and reads and writes their elements.
 *
 * | type of a slot | declared as | an element is |
 * |---|---|---|
 * | f32, i32 | `array<f32>`, `array<i32>` | an element |
 * | f16 | `array<u32>` | half of a word |
 * | mixed | `array<u32>` | a word by its bits, or half of it |
 * | wide | `array<vec4<f32>>`, `array<vec4<i32>>`, f16 `array<vec2<u32>>` | one of four |
 *
 * Where halves are written, the words are atomic: threads that write the two halves of one word
 * must not overwrite each other's.
 */
export class Memory {
  private readonly bindings: Bindings;
  private readonly wide: ReadonlySet<number>;

  /** `wide` names slots of one element type, only read, that are declared as vectors of four. */
  constructor(bindings: Bindings, wide: ReadonlySet<number> = new Set()) {
    this.bindings = bindings;
    this.wide = wide;
  }

  /** The declarations of all slots, and the functions that the accesses use. */
  get declarations(): string {
    const { slots, operands } = this.bindings;
    const lines = slots.map((slot, i) => {
      const access = slot.isWritten ? "read_write" : "read";
      return `@group(0) @binding(${i}) var<storage, ${access}> slot${i}: array<${this.wordType(slot, i)}>;`;
    });
    const writesHalves = operands.some(({ dtype, isWritten }) => dtype === "f16" && isWritten);
    if (writesHalves) lines.push(declareFunctions(["encode_half"]));
    if (slots.some(({ type }, i) => type === "f16" && this.wide.has(i))) lines.push(decodeFour);
    return lines.join("\n");
  }

  /** Which slots are written. */
  get writes(): readonly boolean[] {
    return this.bindings.slots.map(({ isWritten }) => isWritten);
  }

  /** What the elements of an operand are read as. */
  typeOf(operand: number): ComputeType {
    return this.bindings.operands[operand]!.dtype === "i32" ? "i32" : "f32";
  }

  /** The element of an operand at an index, as `i32` or `f32`; one of f16 as `f32`, or as it is. */
  load(operand: number, index: string, half: HalfAs = "f32"): string {
    const { slot, dtype } = this.bindings.operands[operand]!;
    const { type } = this.bindings.slots[slot]!;
    const four = `slot${slot}[(${index}) >> 2u]`;
    if (dtype === "f16") {
      const word = this.wide.has(slot)
        ? `${four}[((${index}) >> 1u) & 1u]`
        : this.word(slot, `(${index}) >> 1u`);
      const pair = half === "f16" ? "bitcast<vec2<f16>>" : "unpack2x16float";
      return `${pair}(${word})[(${index}) & 1u]`;
    }
    if (this.wide.has(slot)) return `${four}[(${index}) & 3u]`;
    if (type !== "mixed") return `slot${slot}[${index}]`;
    return `bitcast<${dtype}>(${this.word(slot, index)})`;
  }

  /** Whether {@link loadFour} can be used. */
  isWide(operand: number): boolean {
    return this.wide.has(this.bindings.operands[operand]!.slot);
  }

  /** Four elements from an index on that is a multiple of four, as a vector; like {@link load}. */
  loadFour(operand: number, index: string, half: HalfAs = "f32"): string {
    const { slot, dtype } = this.bindings.operands[operand]!;
    const four = `slot${slot}[(${index}) >> 2u]`;
    if (dtype !== "f16") return four;
    return half === "f16" ? `bitcast<vec4<f16>>(${four})` : `decode_four(${four})`;
  }

  /** A statement that writes an `f32` (rounded to nearest for f16) or `i32` into an element. */
  store(operand: number, index: string, value: string): string {
    const { slot, dtype } = this.bindings.operands[operand]!;
    const { type } = this.bindings.slots[slot]!;
    if (dtype === "f16") return this.storeBits(operand, index, `encode_half(${value})`);
    if (type !== "mixed") return `slot${slot}[${index}] = ${value};`;
    const bits = `bitcast<u32>(${value})`;
    return this.isAtomic(slot)
      ? `atomicStore(&slot${slot}[${index}], ${bits});`
      : `slot${slot}[${index}] = ${bits};`;
  }

  /** The bits of an element, as `u32`. */
  loadBits(operand: number, index: string): string {
    const { slot, dtype } = this.bindings.operands[operand]!;
    if (dtype !== "f16") return `bitcast<u32>(${this.load(operand, index)})`;
    return `((${this.word(slot, `(${index}) >> 1u`)} >> (((${index}) & 1u) * 16u)) & 0xffffu)`;
  }

  /** A statement that writes the bits of an element. */
  storeBits(operand: number, index: string, bits: string): string {
    const { slot, dtype } = this.bindings.operands[operand]!;
    if (dtype !== "f16") return this.store(operand, index, `bitcast<${dtype}>(${bits})`);
    const shift = `(((${index}) & 1u) * 16u)`;
    const word = `&slot${slot}[(${index}) >> 1u]`;
    // Nobody else writes this half, and the other half is left alone.
    return `atomicAnd(${word}, ~(0xffffu << ${shift})); atomicOr(${word}, ${bits} << ${shift});`;
  }

  private word(slot: number, index: string): string {
    return this.isAtomic(slot) ? `atomicLoad(&slot${slot}[${index}])` : `slot${slot}[${index}]`;
  }

  private wordType({ type }: Slot, slot: number): string {
    if (this.isAtomic(slot)) return "atomic<u32>";
    if (this.wide.has(slot)) return type === "f16" ? "vec2<u32>" : `vec4<${wordTypes[type]}>`;
    return wordTypes[type];
  }

  /** Whether halves of its words are written. */
  private isAtomic(slot: number): boolean {
    const { slots, operands } = this.bindings;
    const hasHalves = operands.some((each) => each.slot === slot && each.dtype === "f16");
    return slots[slot]!.isWritten && hasHalves;
  }
}

/** An element of an operand, converted to a type of arithmetic, and the functions for that. */
export function loadAs(
  memory: Memory,
  type: ComputeType,
  operand: number,
  index: string,
): { readonly code: string; readonly uses: readonly FunctionName[] } {
  const loaded = memory.load(operand, index);
  if (memory.typeOf(operand) === type) return { code: loaded, uses: [] };
  if (type === "f32") return { code: `f32(${loaded})`, uses: [] };
  return { code: `to_i32(${loaded})`, uses: ["to_i32"] };
}

const decodeFour = `fn decode_four(words: vec2<u32>) -> vec4<f32> {
  return vec4<f32>(unpack2x16float(words.x), unpack2x16float(words.y));
}`;

const wordTypes: Readonly<Record<SlotType, string>> = {
  f32: "f32",
  i32: "i32",
  f16: "u32",
  mixed: "u32",
};
