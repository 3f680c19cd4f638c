import { join, resolve } from "node:path";
import { stripVTControlCharacters } from "node:util";
import { type CommandDef, renderUsage } from "citty";
import { checkNames } from "./backends.js";
import { benchFolder } from "./bench-folder.js";
import { browserRun } from "./browser/browser-run.js";
import { findChromium } from "./browser/find-chromium.js";
import { type LookedAt, lookAtBrowser } from "./browser/look-at-browser.js";
import { measureAgain } from "./measure-again.js";
import { nameIn } from "./name-in.js";
import { flags, type Options, parseOptions } from "./options.js";
import { pageProviders } from "./page/page-providers.js";
import { printReport } from "./print.js";
import { printTiles } from "./print-tiles.js";
import { createProgress, type ProgressStream } from "./progress.js";
import { loadProviders } from "./providers.js";
import { readReport } from "./read-report.js";
import { type RunInputs, run } from "./run.js";
import { idsOf, select } from "./selection.js";
import { present, showReport } from "./show-report.js";
import { UsageError } from "./usage-error.js";
import { watched } from "./watchdog.js";
import { checkWritable, writePictures, writeReport } from "./write-report.js";

/** Where text goes, the cases of the contract, and the data where it is not the usual. */
export interface Surroundings extends Pick<RunInputs, "conformance" | "loadData"> {
  readonly stdout: { readonly isTTY?: boolean; write(text: string): unknown };
  readonly stderr: ProgressStream;
  /** Where the page of `--browser` was built to. */
  readonly pageFolder: string;
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
      stdout.write(`${await help(stdout.isTTY === true)}\n`);
      return 0;
    }
    if (options.tiles) {
      stdout.write(`${await printTiles()}\n`);
      return 0;
    }
    if (options.report !== undefined) return await showReport(options.report, options, stdout);
    return await bench(options, surroundings, progress);
  } catch (error) {
    progress.end();
    if (!(error instanceof UsageError)) throw error;
    stderr.write(`bench: ${oneLine(error.message)}\n`);
    return 2;
  } finally {
    progress.end();
  }
}

async function bench(
  options: Options,
  { stdout, conformance, loadData, pageFolder }: Surroundings,
  progress: ReturnType<typeof createProgress>,
): Promise<number> {
  const providers = await loadProviders(options);
  const seen = options.browser && !options.list ? await lookAtBrowser(findChromium()) : undefined;
  checkNames(
    [...providers.map(({ name }) => name), ...namesInPage(options, seen)],
    options.backends,
  );
  if (options.list) {
    // All that there is, also what only --cases or --peers brings into a run.
    const all = { ...options, peers: true, cases: options.cases ?? "*" };
    stdout.write(`${idsOf(select(all, conformance)).join("\n")}\n`);
    return 0;
  }
  select(options, conformance);
  // What would make the run worthless is looked at before it, not after.
  const before = options.compare === undefined ? undefined : await readReport(options.compare);
  const file = options.json ?? defaultReport();
  await checkWritable(file);
  if (options.html !== undefined) {
    if (resolve(options.html) === resolve(file)) {
      throw new UsageError("--html and --json name the same file; name two");
    }
    await checkWritable(options.html, "--html");
  }

  const brought = options.backendModule === undefined ? [] : providers.slice(-1);
  const required = options.backends ?? brought.map(({ name }) => name);
  const report = await watched(progress.emit, async (emit) => {
    const inputs: RunInputs = {
      ...{ options, providers, conformance, required, emit },
      ...(loadData && { loadData }),
      browser: seen && browserRun(seen, pageFolder),
    };
    const first = await run(inputs);
    return before === undefined ? first : measureAgain(first, before, inputs);
  });
  progress.end();
  // Printed first: where it cannot be written after all, it is not lost.
  stdout.write(`${printReport(report)}\n`);
  await writeReport(file, report);
  const pictures = await writePictures(file, report);
  const beside = pictures.length === 0 ? "" : `, and ${pictures.length} pictures beside it`;
  stdout.write(`\nReport: ${resolve(file)}${beside}\n`);
  return present({ report, before }, options, stdout);
}

function namesInPage(options: Options, browser: LookedAt | undefined): readonly string[] {
  if (browser === undefined) return [];
  const plain = pageProviders(options).map(({ name }) => name);
  return [...plain, ...plain.map((name) => nameIn(name, browser.place))];
}

async function help(coloured: boolean): Promise<string> {
  const meta = { name: "npm run bench --", description: "How fast each backend is here" };
  const text = await renderUsage({ meta, args: flags } as CommandDef);
  return coloured ? text : stripVTControlCharacters(text);
}

/** Messages of the system and of others may hold lines and control characters. */
function oneLine(message: string): string {
  return message.replace(/[\s\p{Cc}]+/gu, " ").trim();
}

/** A file of its own for each run, so that none is lost and any two can be compared. */
function defaultReport(): string {
  const time = new Date().toISOString().slice(0, 19).replaceAll(":", "-");
  return join(benchFolder(), "reports", `bench-${time}.json`);
}
