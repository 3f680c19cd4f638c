import { unsigned } from "./bytes.js";
import type { Results, ResultType, ValueType } from "./types.js";
import { type Operand, operand, refuse, type Unused, type Value } from "./value.js";

/** Where a branch leads: to the end of a block or of an `if`, to the start of a loop. */
export class Label {
  readonly kind: string;

  constructor(kind: string) {
    this.kind = kind;
  }
}

/** Writes the inside of a block; only there, the label can be branched to. */
export type Body = (label: Label) => void;

/** What the code of a function must know of its module. */
export interface Surroundings {
  readonly hasMemory: boolean;
}

/** The code of one function while it grows, and what is checked of each piece. */
export class Code {
  readonly bytes: number[] = [];
  /** What runs before {@link bytes}, once a call. */
  readonly opening: number[] = [];
  private readonly name: string;
  private readonly module: Surroundings;
  private readonly unused: Unused;
  /** The blocks that are open, the innermost last. */
  private readonly labels: Label[] = [];
  private stopped = false;

  constructor(name: string, module: Surroundings, unused: Unused) {
    this.name = name;
    this.module = module;
    this.unused = unused;
  }

  /** Whether what comes next, outside of all blocks, is never reached. */
  get ended(): boolean {
    return this.stopped;
  }

  push(...bytes: readonly number[]): void {
    this.bytes.push(...bytes);
  }

  /** As {@link push}, after which nothing goes on. */
  pushLast(...bytes: readonly number[]): void {
    this.push(...bytes);
    this.stopped ||= this.labels.length === 0;
  }

  /** Appends a value, operands first. */
  write(value: Value<ResultType>): void {
    for (const each of value.operands) this.write(each);
    this.own(value);
    if (value.traits.memory && !this.module.hasMemory) {
      this.refuse(`${value.name} needs a memory; import it before the function`);
    }
    if (value.once && !this.unused.delete(value)) {
      this.refuse(`${value.name} is used twice or was made outside; hold its value in a local`);
    }
    this.push(...value.bytes);
  }

  /** Appends the operand of a statement. */
  writeOperand<T extends ValueType>(statement: string, type: T, given: Operand<T>): void {
    this.write(operand(`${this.name}: ${statement}`, 1, type, given));
  }

  /** Appends the results of the function. */
  writeResults(results: Results, given: readonly Operand<ValueType>[]): void {
    if (given.length !== results.length) {
      this.refuse(
        `${given.length} results, expected [${results}]; a body gives them back, or ends with f.return or f.unreachable`,
      );
    }
    results.forEach((type, index) => {
      this.write(operand(`${this.name}: return`, index + 1, type, given[index]!));
    });
  }

  /** Puts what `write` appends to the end of the opening instead. */
  atOpening(write: () => void): void {
    const start = this.bytes.length;
    write();
    this.opening.push(...this.bytes.splice(start));
  }

  /** Refuses what has a meaning in another function or module only. */
  own({ name, traits: { owner } }: Value<ResultType>): void {
    if (owner === undefined || owner === this || owner === this.module) return;
    this.refuse(`${name} belongs to another function or module`);
  }

  /** Appends the inside of a block. */
  inside(kind: string, body: Body): void {
    const label = new Label(kind);
    this.labels.push(label);
    body(label);
    this.labels.pop();
  }

  /** How many blocks lie between here and a label, as a branch to it says. */
  depth(label: Label): number[] {
    const place = this.labels.lastIndexOf(label);
    if (place < 0) this.refuse(`a branch is not inside of its label's ${label.kind}`);
    return unsigned(this.labels.length - 1 - place);
  }

  refuse(message: string): never {
    return refuse(`${this.name}: ${message}`);
  }
}
