import colors from "picocolors";
import type { Comparison } from "./compare.js";

/** What changed since another report. */
export function printComparison(comparison: Comparison, name: string): string {
  const { changes, faster, compared, otherMachine } = comparison;
  const lines = [colors.bold(`Compared with ${name}`)];
  if (otherMachine) {
    lines.push(
      colors.yellow("That report is of another machine or engine: its times say little here."),
    );
  }
  lines.push(
    compared === 0 && changes.length === 0
      ? colors.yellow("Nothing is in both reports, so nothing was compared.")
      : `${compared} results are in both; ${changes.length} got worse, ${faster.length} faster.`,
  );
  for (const { kind, backend, id, path, message } of changes) {
    const word = kind === "broken" ? colors.red("broken") : colors.yellow("slower");
    lines.push(`  ${word}  ${backend} ${id}${path === undefined ? "" : ` (${path})`}: ${message}`);
  }
  for (const text of faster) lines.push(`  ${colors.green("faster")}  ${text}`);
  return lines.join("\n");
}
