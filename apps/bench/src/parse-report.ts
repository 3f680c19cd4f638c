import { messageOf } from "./message-of.js";
import type { Report } from "./report.js";
import { UsageError } from "./usage-error.js";

const remedy = "run the bench with --json FILE to make one";

/** What becomes of a value of a report, by the name of the member that it is. */
export type Change = (name: string, value: unknown) => unknown;

/**
 * The report that a text holds, each value changed where that is asked for; `name` is how messages call
 * it. Throws `UsageError` with the remedy.
 */
export function parseReport(text: string, name: string, change?: Change): Report {
  let value: unknown;
  try {
    value = JSON.parse(text, change);
  } catch (error) {
    throw new UsageError(
      `${name} is not JSON, perhaps it was cut off (${messageOf(error)}); ${remedy}`,
    );
  }
  const problem = problemOf(value);
  if (problem !== undefined) {
    throw new UsageError(`${name} is not a report of this bench: ${problem}; ${remedy}`);
  }
  return value as Report;
}

/** Tells what is wrong with a member of an entry; absent members are right where they may be. */
type Member = readonly [name: string, isRight: (value: unknown) => boolean];

const status: Member = ["status", isText];
const timing: Member = ["timing", (value) => value === undefined || isTiming(value)];
const identified: readonly Member[] = [
  ["backend", isText],
  ["id", isText],
];

/** The members that a comparison reads. */
const lists: Readonly<Record<string, readonly Member[]>> = {
  backends: [
    ["name", isText],
    ["ran", (value) => typeof value === "boolean"],
  ],
  conformance: [["backend", isText], ["name", isText], status],
  performance: [...identified, status, timing],
  partition: [
    ...identified,
    ...["unblocked", "cut", "blocks", "blockByBlock"].map((path): Member => [path, isPath]),
  ],
  workload: [
    ...identified,
    status,
    ["training", (value) => value === undefined || isTraining(value)],
  ],
};

/** What is not as in a `Report`, in those parts that a comparison reads. */
export function problemOf(value: unknown): string | undefined {
  if (!isRecord(value) || value["kind"] !== "blk-bench") return `it has no "kind": "blk-bench"`;
  if (value["version"] !== 1) {
    return `its version is ${JSON.stringify(value["version"])}, expected 1`;
  }
  if (!isRecord(value["machine"])) return `"machine" is missing`;
  for (const [list, members] of Object.entries(lists)) {
    const entries = value[list];
    if (!Array.isArray(entries)) return `"${list}" is missing`;
    for (const [i, entry] of entries.entries()) {
      const at = `${list}[${i}]`;
      if (!isRecord(entry)) return `${at} is no entry`;
      const wrong = members.find(([name, isRight]) => !isRight(entry[name]));
      if (wrong === undefined) continue;
      const [name] = wrong;
      return name in entry ? `${at} has a broken "${name}"` : `${at} has no "${name}"`;
    }
  }
  return undefined;
}

function isPath(value: unknown): boolean {
  return isRecord(value) && (value["timing"] === undefined || isTiming(value["timing"]));
}

function isTiming(value: unknown): boolean {
  return (
    isRecord(value) && ["median", "lower", "upper", "fastest"].every((n) => isNumber(value[n]))
  );
}

function isTraining(value: unknown): boolean {
  return isRecord(value) && ["accuracy", "epochs", "steps"].every((name) => isNumber(value[name]));
}

function isText(value: unknown): boolean {
  return typeof value === "string";
}

function isNumber(value: unknown): boolean {
  return typeof value === "number";
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
