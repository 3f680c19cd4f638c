import { unsigned } from "./bytes.js";
import type { Body, Code, Label } from "./code.js";
import { i32 } from "./instruction-set.js";
import { Local } from "./local.js";
import type { Results, ResultType, ValueType } from "./types.js";
import type { Operand, Statement, Value } from "./value.js";

/** The values that a function returns. */
export type Returned<R extends Results> = { readonly [K in keyof R]: Operand<R[K]> };

/**
 * Writes the code of one function: each method appends a statement, operands first. What is no
 * method here, such as `f32.add` or `func.call`, makes a value or statement for one.
 */
export class FunctionBuilder<R extends Results = Results> {
  private readonly code: Code;
  private readonly results: R;
  private readonly locals: Local<ValueType>[];
  private readonly constants = new Map<string, Local<ValueType>>();

  /** Locals that are added go to the end of `locals`. */
  constructor(code: Code, results: R, locals: Local<ValueType>[]) {
    this.code = code;
    this.results = results;
    this.locals = locals;
  }

  /** A new local, 0 where the function begins. Its name shows in messages. */
  local<T extends ValueType>(type: T, name = `local${this.locals.length}`): Local<T> {
    const local = new Local(type, name, this.code, this.locals.length);
    this.locals.push(local);
    return local;
  }

  /** A new local that holds a value as it is now, to be used many times. */
  hold<T extends ValueType>(value: Value<T>): Local<T> {
    const local = this.local(value.type);
    this.set(local, value);
    return local;
  }

  /**
   * A local that holds a constant since the function began; equal ones share one. In a loop, where
   * not every engine takes out of it what makes the constants of vectors.
   */
  constant<T extends ValueType>(value: Value<T>): Local<T> {
    if (!isConstant(value)) this.code.refuse(`constant: ${value.name} is none`);
    const key = keyOf(value);
    const known = this.constants.get(key) as Local<T> | undefined;
    if (known !== undefined) return known;
    const held = this.local(value.type);
    this.code.atOpening(() => this.set(held, value));
    this.constants.set(key, held);
    return held;
  }

  /** Stores a value in a local. */
  set<T extends ValueType>(target: Local<T>, value: Operand<NoInfer<T>>): void {
    this.code.own(target);
    this.code.writeOperand(`${target.name}.set`, target.type, value);
    this.code.push(0x21, ...unsigned(target.index));
  }

  /** x ← x + y */
  add(x: Local<"i32">, y: Operand<"i32">): void {
    this.set(x, i32.add(x, y));
  }

  /** x ← x − y */
  sub(x: Local<"i32">, y: Operand<"i32">): void {
    this.set(x, i32.sub(x, y));
  }

  /** Writes an instruction that leaves nothing, such as a store. */
  do(statement: Statement): void {
    if ((statement as Value<ResultType>).type !== "none") {
      this.code.refuse(`do: ${statement.name} leaves ${statement.type}; f.drop forgets a value`);
    }
    this.code.write(statement);
  }

  /** Computes a value for its effect, such as a call, and forgets it. */
  drop(value: Value<ValueType>): void {
    if ((value as Value<ResultType>).type === "none") {
      this.code.refuse(`drop: ${value.name} leaves no value; f.do writes a statement`);
    }
    this.code.write(value);
    this.code.push(0x1a);
  }

  /** Runs `then` where the condition is not 0, and else `otherwise`. */
  if(condition: Operand<"i32">, then: Body, otherwise?: Body): void {
    this.code.writeOperand("if", "i32", condition);
    this.code.push(0x04, 0x40);
    this.code.inside("if", then);
    if (otherwise !== undefined) {
      this.code.push(0x05);
      this.code.inside("if", otherwise);
    }
    this.code.push(0x0b);
  }

  /** A block: a branch to its label leaves it. */
  block(body: Body): void {
    this.nest(0x02, "block", body);
  }

  /** A loop: a branch to its label starts it again; without one, it ends. */
  loop(body: Body): void {
    this.nest(0x03, "loop", body);
  }

  /**
   * Counts `counter` from `from` in steps of `step` while it is below `to`, both without sign, as
   * addresses and sizes are. `to` and `step` are computed once, before. Afterwards, `counter` is
   * the first that is not below `to`, from which a loop over the rest goes on.
   *
   * `to + step` must be below 2³²: a counter that wraps would not stop.
   */
  for(
    counter: Local<"i32">,
    from: Operand<"i32">,
    to: Operand<"i32">,
    step: Operand<"i32">,
    body: () => void,
  ): void {
    if (typeof step === "number" && step <= 0)
      this.code.refuse(`for: the step is ${step}, expected > 0`);
    const limit = typeof to === "number" ? to : this.hold(to);
    const stride = typeof step === "number" ? step : this.hold(step);
    this.set(counter, from);
    // Two tests in the code, but one branch a round.
    this.if(i32.ltU(counter, limit), () => {
      this.loop((again) => {
        body();
        this.add(counter, stride);
        this.brIf(again, i32.ltU(counter, limit));
      });
    });
  }

  /** Goes to a label. */
  br(label: Label): void {
    this.code.pushLast(0x0c, ...this.code.depth(label));
  }

  /** Goes to a label where the condition is not 0. */
  brIf(label: Label, condition: Operand<"i32">): void {
    this.code.writeOperand("brIf", "i32", condition);
    this.code.push(0x0d, ...this.code.depth(label));
  }

  /** Returns from the function with its results. */
  return(...values: Returned<R>): void {
    this.code.writeResults(this.results, values);
    this.code.pushLast(0x0f);
  }

  /** Traps: for what cannot happen, and after blocks that all return. */
  unreachable(): void {
    this.code.pushLast(0x00);
  }

  private nest(opcode: number, kind: string, body: Body): void {
    this.code.push(opcode, 0x40);
    this.code.inside(kind, body);
    this.code.push(0x0b);
  }
}

/** Whether a value is the same wherever it is computed. */
function isConstant({ once, traits, operands }: Value<ResultType>): boolean {
  const isBound = once || traits.memory === true || traits.owner !== undefined;
  return !isBound && operands.every(isConstant);
}

function keyOf({ bytes, operands }: Value<ResultType>): string {
  return `${operands.map(keyOf).join()} ${bytes.join()}`;
}
