import { isBlkError } from "@blk/core";
import { type FunctionBuilder, type Local, ModuleBuilder } from "./assembler.js";

/** Passes the compiler, to meet the assembler. */
export function ill<T>(value: unknown): T {
  return value as T;
}

/** What is thrown: a BlkError, whose message is given back. */
export function refusal(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (isBlkError(error, "ARGUMENT")) return error.message;
    throw error;
  }
  return "nothing was refused";
}

/** The refusal of a function `test` with a parameter `p` of i32, in a module with a memory. */
export function inFunction(
  body: (f: FunctionBuilder<readonly []>, p: Local<"i32">) => unknown,
  withMemory = true,
): string {
  const m = new ModuleBuilder();
  if (withMemory) m.importMemory("env", "memory", { initial: 1 });
  return refusal(() => m.func("test", { params: { p: "i32" } }, (f, { p }) => ill(body(f, p))));
}
