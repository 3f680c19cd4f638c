import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { root } from "./process.mjs";

// Vitest's JSON reports: where they lie, and what they say.

const reportFile = (dir, name) => join(root, dir, "reports", `${name}.json`);

/** How the messages of a failed test begin; the stack says the rest, further up in the output. */
const beginning = ({ failureMessages = [] }) =>
  failureMessages
    .join("\n")
    .split("\n")
    .slice(0, 8)
    .map((line) => `  ${line.slice(0, 300)}`)
    .join("\n");

/** Removes a package's report, so that an old one cannot pass for a new one. */
export function forgetReport(dir, name) {
  rmSync(reportFile(dir, name), { force: true });
}

/**
 * Counts one package's tests. Whatever is wrong with the report itself counts as a failure.
 *
 * @param {string} dir the package's folder
 * @param {string} name "node" or "browser"
 * @returns {{ passed: number, failed: number, skipped: number, problems: string[], skips: string[] }}
 *   `problems` names each test that failed and how its message begins; `skips` says what was skipped,
 *   in words; why, vitest tells the tests but not the report
 */
export function readReport(dir, name) {
  const counts = { passed: 0, failed: 0, skipped: 0, problems: [], skips: [] };
  const problem = (text) => {
    counts.failed += 1;
    counts.problems.push(`${dir}: ${text}`);
    return counts;
  };
  const file = reportFile(dir, name);
  if (!existsSync(file)) return problem(`vitest left no report for its ${name} tests`);

  let report;
  try {
    report = JSON.parse(readFileSync(file, "utf8"));
  } catch {
    return problem(`the report of its ${name} tests is not JSON`);
  }
  if (!Array.isArray(report?.testResults)) {
    return problem(`the report of its ${name} tests has no results`);
  }
  let firstSkipped;
  for (const { name: testFile, status, assertionResults = [] } of report.testResults) {
    const before = counts.failed;
    for (const assertion of assertionResults) {
      if (assertion.status === "passed") counts.passed += 1;
      else if (assertion.status === "failed") {
        problem(`${name} test "${assertion.fullName}" failed\n${beginning(assertion)}`);
      } else {
        counts.skipped += 1;
        firstSkipped ??= assertion.fullName;
      }
    }
    if (status !== "passed" && counts.failed === before) problem(`${testFile} could not run`);
  }
  if (firstSkipped !== undefined) {
    counts.skips.push(`${counts.skipped} ${name} tests of ${dir}, such as "${firstSkipped}"`);
  }
  if (!report.success && counts.failed === 0)
    problem("vitest reports an error outside of the tests");
  if (counts.passed + counts.failed + counts.skipped === 0) problem(`it has no ${name} tests`);
  return counts;
}
