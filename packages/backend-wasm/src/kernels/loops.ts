import type { FunctionBuilder, Value } from "../assembler/index.js";

/** Runs a body while a condition, tested before each round, holds. */
export function repeat(f: FunctionBuilder, condition: Value<"i32">, body: () => void): void {
  // Two tests in the code, but one branch a round.
  f.if(condition, () => {
    f.loop((again) => {
      body();
      f.brIf(again, condition);
    });
  });
}
