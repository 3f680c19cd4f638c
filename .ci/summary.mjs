import { duration } from "./process.mjs";

// What `npm test` says at its end, as lines of text.

const columns = ["passed", "failed", "skipped"];

/**
 * The table of all steps, what was skipped, what failed, and as the very last line the counts, which
 * programs read. What failed comes that late because of long outputs often only the end is kept.
 *
 * @typedef {{ name: string, seconds: number, passed: number, failed: number, skipped: number }} Row
 * @param {readonly Row[]} rows
 * @param {readonly string[]} skips what was skipped and, where that is known, why: one phrase each
 * @param {readonly string[]} problems what failed
 * @returns {{ lines: string[], failed: number }}
 */
export function summary(rows, skips, problems = []) {
  const total = { name: "total", seconds: 0, passed: 0, failed: 0, skipped: 0 };
  for (const row of rows) {
    for (const key of ["seconds", ...columns]) total[key] += row[key];
  }
  const heads = columns.map((column) => column.padStart(9)).join("");
  const lines = ["", `${"step".padEnd(20)}${"time".padStart(9)}${heads}`];
  for (const row of [...rows, total]) {
    const cells = columns.map((column) => String(row[column]).padStart(9)).join("");
    lines.push(`${row.name.padEnd(20)}${duration(row.seconds).padStart(9)}${cells}`);
  }
  lines.push("");
  const { passed, failed, skipped } = total;
  if (skipped > 0) lines.push(`${skipped} skipped: ${skips.join("; ") || "why is not known"}`);
  lines.push(...problems);
  lines.push(`${passed} passed, ${failed} failed`);
  return { lines, failed };
}
