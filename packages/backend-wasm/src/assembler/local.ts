import { unsigned } from "./bytes.js";
import type { ValueType } from "./types.js";
import { Value } from "./value.js";

/** A variable of one call of a function, 0 at its start; or a parameter. In `f.set` a target. */
export class Local<T extends ValueType> extends Value<T> {
  readonly index: number;

  constructor(type: T, name: string, owner: object, index: number) {
    super(type, name, [], [0x20, ...unsigned(index)], { owner });
    this.index = index;
  }
}
