import { access, constants, mkdir, stat } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { type CommandDef, renderUsage } from "citty";
import { checkNames, loadProviders } from "./backends.js";
import { benchFolder } from "./bench-folder.js";
import { compareReports } from "./compare.js";
import type { ConformanceCase } from "./conformance.js";
import { flags, type Options, parseOptions } from "./options.js";
import { printComparison, printReport } from "./print.js";
import { hasFailures } from "./print-summary.js";
import { createProgress, type ProgressStream } from "./progress.js";
import { readReport, writeReport } from "./report.js";
import { run, select } from "./run.js";
import { UsageError } from "./usage-error.js";

/** Where text goes, and the cases of the contract. */
export interface Surroundings {
  readonly stdout: { write(text: string): unknown };
  readonly stderr: ProgressStream;
  readonly conformance: readonly ConformanceCase[];
}

/**
 * The bench from its arguments to its exit code: 0 all is well, 1 something is wrong or got worse,
 * 2 the request cannot be met; then one sentence on stderr says why and what to do.
 */
export async function main(argv: readonly string[], surroundings: Surroundings): Promise<number> {
  const { stdout, stderr } = surroundings;
  const progress = createProgress(stderr);
  try {
    const options = parseOptions(argv);
    if (options.help) {
      const command = { meta: { name: "npm run bench --" }, args: flags } as CommandDef;
      stdout.write(`${await renderUsage(command)}\n`);
      return 0;
    }
    return await bench(options, surroundings, progress);
  } catch (error) {
    progress.end();
    if (!(error instanceof UsageError)) throw error;
    stderr.write(`bench: ${error.message}\n`);
    return 2;
  } finally {
    progress.end();
  }
}

async function bench(
  options: Options,
  { stdout, conformance }: Surroundings,
  progress: ReturnType<typeof createProgress>,
): Promise<number> {
  const providers = await loadProviders(options);
  checkNames(providers, options.backends);
  const selection = select(options, conformance);
  if (options.list) {
    const ids = [
      ...selection.conformance.map(({ name }) => `conformance/${name}`),
      ...[...selection.performance, ...selection.partition].map(({ id }) => id),
      ...selection.workload,
    ];
    stdout.write(`${ids.join("\n")}\n`);
    return 0;
  }
  // What would make the run worthless is looked at before it, not after.
  const before = options.compare === undefined ? undefined : await readReport(options.compare);
  const file = resolve(options.json ?? defaultReport());
  await checkWritable(file);

  const report = await run({ options, providers, conformance, emit: progress.emit });
  progress.end();
  await writeReport(file, report);
  stdout.write(`${printReport(report)}\n`);
  let isWorse = false;
  if (before !== undefined && options.compare !== undefined) {
    const comparison = compareReports(before, report);
    stdout.write(`\n${printComparison(comparison, options.compare)}\n`);
    isWorse = comparison.changes.length > 0;
  }
  stdout.write(`\nReport: ${file}\n`);
  return isWorse || hasFailures(report) ? 1 : 0;
}

/** A file of its own for each run, so that none is lost and any two can be compared. */
function defaultReport(): string {
  const time = new Date().toISOString().slice(0, 19).replaceAll(":", "-");
  return join(benchFolder(), "reports", `bench-${time}.json`);
}

async function checkWritable(file: string): Promise<void> {
  const remedy = "name a file in a folder that you may write to with --json";
  const folder = dirname(file);
  try {
    await mkdir(folder, { recursive: true });
    await access(folder, constants.W_OK);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new UsageError(`the report cannot be written to ${file} (${reason}); ${remedy}`);
  }
  const existing = await stat(file).catch(() => undefined);
  if (existing?.isDirectory()) {
    throw new UsageError(
      `the report cannot be written to ${file}, for that is a folder; ${remedy}`,
    );
  }
}
