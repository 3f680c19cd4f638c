import { unsigned } from "./bytes.js";
import { type Exportable, kinds, type ValueType } from "./types.js";
import { type Operand, operand, Value } from "./value.js";

/** Something with a name and a place of its own: as an operand its value, in `f.set` a target. */
export abstract class Variable<T extends ValueType> extends Value<T> {
  readonly index: number;
  /** The opcode that stores into it. */
  readonly setter: number;

  protected constructor(
    type: T,
    name: string,
    owner: object,
    index: number,
    getter: number,
    setter: number,
  ) {
    super(type, name, [], [getter, ...unsigned(index)], { owner });
    this.index = index;
    this.setter = setter;
  }
}

/** A variable of one call of a function, 0 at its start; or a parameter. */
export class Local<T extends ValueType> extends Variable<T> {
  constructor(type: T, name: string, owner: object, index: number) {
    super(type, name, owner, index, 0x20, 0x21);
  }

  /** The value, which is also stored here where it is used. */
  tee(value: Operand<T>): Value<T> {
    const name = `${this.name}.tee`;
    const { owner } = this.traits;
    const values = [operand(name, 1, this.type, value)];
    return new Value(this.type, name, values, [0x22, ...unsigned(this.index)], {
      ...(owner && { owner }),
      effect: true,
    });
  }
}

/** A variable of a module's instance. */
export class Global<T extends ValueType> extends Variable<T> implements Exportable {
  readonly owner: object;
  readonly kind: number = kinds.global;

  constructor(type: T, name: string, owner: object, index: number) {
    super(type, name, owner, index, 0x23, 0x24);
    this.owner = owner;
  }
}
