import { section, sized, text, unsigned } from "./bytes.js";
import type { Surroundings } from "./code.js";
import { defineFunction, type FunctionBody, type Writer } from "./define-function.js";
import { Func } from "./func.js";
import {
  type Exportable,
  kinds,
  type NoParams,
  type Params,
  type Results,
  type Signature,
  typeCodes,
} from "./types.js";
import { refuse } from "./value.js";

/** Sizes of a memory, in pages of 64 KiB. */
export interface MemoryLimits {
  readonly initial: number;
  readonly maximum?: number;
  /** Whether threads share it; it then has a maximum. */
  readonly shared?: boolean;
}

/** Most pages that 32-bit addresses reach. */
const mostPages = 65536;

/** What a module keeps of a function. */
interface Entry {
  readonly name: string;
  /** The index of its type. */
  readonly type: readonly number[];
  /** Absent while the body runs, and of imported functions. */
  code: readonly number[] | undefined;
}

/**
 * A module under construction. Imports come before the functions, functions before their callers.
 * Whatever an engine would refuse is refused here, while the stack still shows who wrote it.
 *
 * @example
 * const m = new ModuleBuilder();
 * m.importMemory("env", "memory", { initial: 1 });
 * const twice = m.func("twice", { params: { at: "i32" }, results: ["f32"] }, (f, { at }) =>
 *   f32.mul(f32.load(at), 2),
 * );
 * m.export("twice", twice);
 * new WebAssembly.Module(m.build());
 */
export class ModuleBuilder implements Surroundings {
  private readonly types: number[][] = [];
  private readonly imports: number[][] = [];
  private readonly exports = new Map<string, number[]>();
  /** Imported ones first. */
  private readonly functions: Entry[] = [];
  private importedFunctions = 0;
  private memory: Exportable | undefined;

  get hasMemory(): boolean {
    return this.memory !== undefined;
  }

  /** The memory that all memory instructions of this module use. */
  importMemory(module: string, name: string, limits: MemoryLimits): Exportable {
    if (this.memory !== undefined) refuse("importMemory: the module has a memory already");
    this.imports.push([...text(module), ...text(name), kinds.memory, ...limitBytes(limits)]);
    this.memory = { owner: this, kind: kinds.memory, index: 0 };
    return this.memory;
  }

  /** A function of the surroundings. */
  importFunc<const P extends Params = NoParams, const R extends Results = []>(
    module: string,
    name: string,
    signature: Signature<P, R>,
  ): Func<P, R> {
    if (this.functions.length > this.importedFunctions) {
      refuse(`importFunc: import ${name} before the first function`);
    }
    const { func, entry } = this.declare(name, signature);
    this.importedFunctions++;
    this.imports.push([...text(module), ...text(name), kinds.func, ...entry.type]);
    return func;
  }

  /** A function: the body is run at once and writes its code. Its name shows in profiles. */
  func<const P extends Params = NoParams, const R extends Results = []>(
    name: string,
    signature: Signature<P, R>,
    body: FunctionBody<P, R>,
  ): Func<P, R> {
    const { func, entry } = this.declare(name, signature);
    entry.code = defineFunction(func, this, body as Writer<P, R, unknown>);
    return func;
  }

  /** Shows something to the outside. */
  export(name: string, { owner, kind, index }: Exportable): void {
    if (owner !== this) refuse(`export: ${name} belongs to another module`);
    if (this.exports.has(name)) refuse(`export: there is a ${name} already`);
    this.exports.set(name, [...text(name), kind, ...unsigned(index)]);
  }

  /** The module in the binary format. */
  build(): Uint8Array<ArrayBuffer> {
    const own = this.functions.slice(this.importedFunctions);
    const codes = own.map(({ name, code }) => code ?? refuse(`build: ${name} has no body`));
    const names = this.functions.map(({ name }, index) => [...unsigned(index), ...text(name)]);
    return Uint8Array.from([
      ...[0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
      ...section(1, this.types),
      ...section(2, this.imports),
      ...section(
        3,
        own.map(({ type }) => type),
      ),
      ...section(7, [...this.exports.values()]),
      ...section(10, codes),
      ...[0, ...sized([...text("name"), ...section(1, names)])],
    ]);
  }

  /** Reserves the next index for a function. */
  private declare<P extends Params, R extends Results>(
    name: string,
    signature: Signature<P, R>,
  ): { func: Func<P, R>; entry: Entry } {
    const func = new Func(name, signature, this, this.functions.length);
    const entry: Entry = { name, type: unsigned(this.typeIndex(func)), code: undefined };
    this.functions.push(entry);
    return { func, entry };
  }

  /** The index of a function's type; equal types are one. */
  private typeIndex({ params, results }: Func): number {
    const types = [Object.values(params), results].flatMap((each) =>
      sized(each.map((type) => typeCodes[type])),
    );
    const bytes = [0x60, ...types];
    const known = this.types.findIndex((other) => String(other) === String(bytes));
    return known < 0 ? this.types.push(bytes) - 1 : known;
  }
}

function limitBytes({ initial, maximum, shared = false }: MemoryLimits): number[] {
  const sizes = maximum === undefined ? [initial] : [initial, maximum];
  const inOrder = initial <= (maximum ?? initial);
  if (
    !inOrder ||
    !sizes.every((size) => Number.isInteger(size) && size >= 0 && size <= mostPages)
  ) {
    refuse(`importMemory: ${sizes.join(" to ")} pages, expected whole numbers up to ${mostPages}`);
  }
  if (shared && maximum === undefined) refuse("importMemory: a shared memory needs a maximum");
  return [(shared ? 2 : 0) + sizes.length - 1, ...sizes.flatMap(unsigned)];
}
