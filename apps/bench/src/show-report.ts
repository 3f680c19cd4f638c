import { resolve } from "node:path";
import { type Comparison, compareReports } from "./compare.js";
import { messageOf } from "./message-of.js";
import type { Options } from "./options.js";
import { printReport } from "./print.js";
import { printComparison } from "./print-comparison.js";
import { hasFailures } from "./print-summary.js";
import { readReport } from "./read-report.js";
import type { Report } from "./report.js";
import { UsageError } from "./usage-error.js";
import { writeHtml } from "./write-html.js";
import { checkWritable } from "./write-report.js";

/** Where text goes. */
export interface Output {
  write(text: string): unknown;
}

/** A report, and one that it is compared with. */
export interface Compared {
  readonly report: Report;
  readonly before?: Report | undefined;
}

/**
 * What `--report` asks for: prints a saved report, measures nothing; writes it as a page where `--html`
 * names one, and says what changed since that of `--compare`. Returns the exit code that the run had,
 * or 1 where something changed for the worse. Throws `UsageError`.
 */
export async function showReport(file: string, options: Options, output: Output): Promise<number> {
  const report = await readReport(file);
  const before = options.compare === undefined ? undefined : await readReport(options.compare);
  if (options.html !== undefined) {
    for (const other of [file, options.compare]) {
      if (other === undefined || resolve(options.html) !== resolve(other)) continue;
      throw new UsageError(`--html names ${other}, which it would overwrite; name another file`);
    }
    await checkWritable(options.html, "--html");
  }
  output.write(`${shown(file, () => printReport(report))}\n`);
  return present({ report, before }, options, output);
}

/** What follows a report on a terminal: the page and the comparison that were asked for. */
export async function present(
  { report, before }: Compared,
  { html, compare }: Pick<Options, "html" | "compare">,
  output: Output,
): Promise<number> {
  if (html !== undefined) await writeHtml(html, report, before);
  let comparison: Comparison | undefined;
  if (before !== undefined && compare !== undefined) {
    comparison = compareReports(before, report);
    output.write(`\n${printComparison(comparison, compare)}\n`);
  }
  if (html !== undefined) output.write(`\nTo look at: ${resolve(html)}\n`);
  const isWorse = (comparison?.changes.length ?? 0) > 0;
  return isWorse || hasFailures(report) ? 1 : 0;
}

/** A file is looked at only in the parts that a comparison reads; others may be broken. */
function shown(file: string, print: () => string): string {
  try {
    return print();
  } catch (error) {
    throw new UsageError(
      `the report ${file} cannot be shown (${messageOf(error)}); run the bench again to make a whole one`,
    );
  }
}
