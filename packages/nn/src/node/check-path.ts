import { BlkError, describeValue } from "@blk/core";

/** Throws `ARGUMENT` unless this can be the path of a file. */
export function checkPath(operation: string, path: unknown): void {
  if (typeof path === "string" && path !== "") return;
  throw new BlkError(
    "ARGUMENT",
    `${operation}: expected the path of a file, such as "run.safetensors", got ${describeValue(path)}`,
  );
}
