/**
 * A WebAssembly module that does nothing but multiply and add in registers, copy and read: what a
 * core can do with vectors of 128 bits, measured without any backend's code. In the text format,
 * for `f32x4` (`f64x2` alike):
 *
 * ```wat
 * (memory (export "memory") PAGES)
 * (func (export "multiplyAdd") (param $steps i32) (param $x f64) (result f64)
 *   (local $x4 v128) (local $s0 v128) (local $p0 v128) (local $s1 v128) ...
 *   (local.set $x4 (f32x4.splat (f32.demote_f64 (local.get $x))))
 *   (local.set $s0 (f32x4.splat (f32.demote_f64 (f64.const 0)))) ...     ;; sᵢ = i, pᵢ = i
 *   (loop
 *     ;; fused: sᵢ ← sᵢ·x + x
 *     (local.set $s0 (f32x4.relaxed_madd (local.get $s0) (local.get $x4) (local.get $x4))) ...
 *     ;; or separate: pᵢ ← pᵢ·x, sᵢ ← sᵢ + pᵢ; no product waits for a sum, as in a matrix product
 *     (local.set $s0 (f32x4.add
 *       (local.tee $p0 (f32x4.mul (local.get $p0) (local.get $x4))) (local.get $s0))) ...
 *     (br_if 0 (local.tee $steps (i32.sub (local.get $steps) (i32.const 1)))))
 *   (f64.promote_f32 (f32x4.extract_lane 0 (f32x4.add (f32x4.add (local.get $s0) ...) ...))))
 * (func (export "copyVectors") (param $from i32) (param $to i32) (param $end i32)
 *   (loop
 *     (v128.store (local.get $to) (v128.load (local.get $from)))         ;; and 7 more, 16 apart
 *     (local.set $to (i32.add (local.get $to) (i32.const 128)))
 *     (br_if 0 (i32.lt_u
 *       (local.tee $from (i32.add (local.get $from) (i32.const 128))) (local.get $end)))))
 * (func (export "copyBulk") (param $from i32) (param $to i32) (param $end i32)
 *   (memory.copy (local.get $to) (local.get $from) (i32.sub (local.get $end) (local.get $from))))
 * (func (export "read") (param $from i32) (param $end i32) (result i32)
 *   (local $s0 v128) ... (local $s7 v128)
 *   (loop (local.set $s0 (v128.xor (local.get $s0) (v128.load (local.get $from)))) ...)
 *   (i32x4.extract_lane 0 (v128.xor (v128.xor (local.get $s0) ...) ...)))
 * ```
 */
export interface ProbeOptions {
  readonly dtype: "f32" | "f64";
  /** One relaxed instruction, which the engine may fuse, or two. */
  readonly fused: boolean;
  /** Independent sums: enough to hide the latency of each, few enough for the registers. */
  readonly chains: number;
  /** Of 64 KiB. */
  readonly pages: number;
}

/** What an instance exports. `end` is the address behind the last byte, a multiple of 128 away. */
export interface ProbeExports {
  readonly memory: WebAssembly.Memory;
  /** The sum of all sᵢ, in one lane, after so many steps. */
  multiplyAdd(steps: number, x: number): number;
  copyVectors(from: number, to: number, end: number): void;
  copyBulk(from: number, to: number, end: number): void;
  /** The exclusive or of all 16-byte words, its lowest 32 bits. */
  read(from: number, end: number): number;
}

/** 16-byte words of one round of the loops over memory. */
const words = 8;

const [i32, f64, v128] = [0x7f, 0x7c, 0x7b] as const;

/** The bytes of the module. */
export function probeModule(options: ProbeOptions): Uint8Array<ArrayBuffer> {
  const types = [
    functionType([i32, f64], [f64]),
    functionType([i32, i32, i32], []),
    functionType([i32, i32], [i32]),
  ];
  const names = ["multiplyAdd", "copyVectors", "copyBulk", "read"];
  return Uint8Array.from([
    ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0], // "\0asm", version 1
    ...section(1, list(types)),
    ...section(3, list([[0], [1], [1], [2]])), // the type of each function
    ...section(5, list([[0, ...leb(options.pages)]])),
    ...section(
      7,
      list([
        exported("memory", 2, 0),
        ...names.map((name, function_) => exported(name, 0, function_)),
      ]),
    ),
    ...section(10, list([multiplyAdd(options), copyVectors(), copyBulk(), read()])),
  ]);
}

const get = (local: number): number[] => [0x20, local];
const set = (local: number): number[] => [0x21, local];
const tee = (local: number): number[] => [0x22, local];
const vector = (code: number): number[] => [0xfd, ...leb(code)];
const at = (word: number): number[] => [4, ...leb(16 * word)]; // aligned to 2⁴, offset
const load = (word: number): number[] => [...vector(0), ...at(word)];
const store = (word: number): number[] => [...vector(11), ...at(word)];
const xor = vector(81);
const addI32 = 0x6a;
const constI32 = (value: number): number[] => [0x41, ...leb(value)];
/** A loop that goes round again while the condition that `body` leaves holds. */
const loop = (body: readonly number[]): number[] => [0x03, 0x40, ...body, 0x0d, 0, 0x0b];

function multiplyAdd({ dtype, fused, chains }: ProbeOptions): number[] {
  const isSingle = dtype === "f32";
  const [splat, extract] = isSingle ? [vector(19), vector(31)] : [vector(20), vector(33)];
  const [add, mul] = isSingle ? [vector(228), vector(230)] : [vector(240), vector(242)];
  const relaxedMadd = isSingle ? vector(0x105) : vector(0x107);
  const [demote, promote] = isSingle ? [[0xb6], [0xbb]] : [[], []];
  const [steps, x, factor] = [0, 1, 2];
  const sums = Array.from({ length: chains }, (_, chain) => 3 + chain);
  const productOf = (s: number): number => s + chains;
  const step = sums.flatMap((s) =>
    fused
      ? [...get(s), ...get(factor), ...get(factor), ...relaxedMadd, ...set(s)]
      : [
          ...[...get(productOf(s)), ...get(factor), ...mul, ...tee(productOf(s))],
          ...[...get(s), ...add, ...set(s)],
        ],
  );
  return body(1 + 2 * chains, [
    ...[...get(x), ...demote, ...splat, ...set(factor)],
    ...sums.flatMap((s, chain) => [
      ...[...constF64(chain), ...demote, ...splat, ...tee(s), ...set(productOf(s))],
    ]),
    ...loop([...step, ...get(steps), ...constI32(1), 0x6b, ...tee(steps)]),
    ...sums.flatMap((s, chain) => [...get(s), ...(chain > 0 ? add : [])]),
    ...[...extract, 0, ...promote],
  ]);
}

function copyVectors(): number[] {
  const [from, to, end] = [0, 1, 2];
  const round = Array.from({ length: words }, (_, word) => [
    ...[...get(to), ...get(from), ...load(word), ...store(word)],
  ]);
  const further = [...get(to), ...constI32(16 * words), addI32, ...set(to)];
  return body(0, loop([...round.flat(), ...further, ...nextRound(from, end)]));
}

function copyBulk(): number[] {
  const [from, to, end] = [0, 1, 2];
  return body(0, [
    ...[...get(to), ...get(from), ...get(end), ...get(from), 0x6b],
    ...[0xfc, 10, 0, 0], // memory.copy
  ]);
}

function read(): number[] {
  const [from, end] = [0, 1];
  const sums = Array.from({ length: words }, (_, word) => 2 + word);
  const round = sums.flatMap((s, word) => [
    ...[...get(s), ...get(from), ...load(word), ...xor, ...set(s)],
  ]);
  return body(words, [
    ...loop([...round, ...nextRound(from, end)]),
    ...sums.flatMap((s, word) => [...get(s), ...(word > 0 ? xor : [])]),
    ...[...vector(27), 0], // i32x4.extract_lane
  ]);
}

/** Moves `from` on and leaves whether it is still below `end`. */
function nextRound(from: number, end: number): number[] {
  return [...get(from), ...constI32(16 * words), addI32, ...tee(from), ...get(end), 0x49];
}

/** A function with so many locals of 128 bits. */
function body(locals: number, instructions: readonly number[]): number[] {
  const code = [...list(locals > 0 ? [[...leb(locals), v128]] : []), ...instructions, 0x0b];
  return [...leb(code.length), ...code];
}

function constF64(value: number): number[] {
  return [0x44, ...new Uint8Array(Float64Array.of(value).buffer)];
}

function functionType(parameters: readonly number[], results: readonly number[]): number[] {
  const bytes = (types: readonly number[]): number[] => list(types.map((type) => [type]));
  return [0x60, ...bytes(parameters), ...bytes(results)];
}

function exported(name: string, kind: number, index: number): number[] {
  return [...list([...new TextEncoder().encode(name)].map((byte) => [byte])), kind, index];
}

function section(id: number, content: readonly number[]): number[] {
  return [id, ...leb(content.length), ...content];
}

/** The count of items, then the items. */
function list(items: readonly (readonly number[])[]): number[] {
  return [...leb(items.length), ...items.flat()];
}

/**
 * LEB128, seven bits a byte from the lowest on. The sixth bit of a last byte would be a signed
 * number's sign, so that one more byte follows where it is set: right for both kinds.
 */
function leb(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  while (rest > 0x3f) {
    bytes.push((rest & 0x7f) | 0x80);
    rest >>>= 7;
  }
  return [...bytes, rest];
}
