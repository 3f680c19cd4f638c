import { ensureChromium } from "./chromium.mjs";
import { capture, duration, toolEnv } from "./process.mjs";
import { forgetReport, readReport } from "./reports.mjs";
import { setup, workspacePackages } from "./setup.mjs";
import { summary } from "./summary.mjs";

// `npm test`: every check, to the end even when some fail; a table; what was skipped; and as the last
// line the counts.

/** Goes on after a failure, except with what cannot be done without the failed task. */
const turbo = [
  "run",
  "--continue=dependencies-successful",
  "--concurrency=2",
  "--output-logs=errors-only",
];

/** The tests of what lies in this folder. */
const toolingTests = ["summary", "bench-targets", "backend-name"].map(
  (stem) => `.ci/${stem}.test.mjs`,
);

/** Checks that pass or fail as a whole: each counts as one. */
const checks = [
  { name: "lint and format", command: "biome", args: ["ci", "--colors=off", "."] },
  { name: "types", command: "turbo", args: [...turbo, "typecheck"] },
  { name: "build", command: "turbo", args: [...turbo, "build"] },
  { name: "packages", command: "turbo", args: [...turbo, "check:package"] },
  { name: "strict CSP", command: "node", args: [".ci/strict-csp.mjs"] },
  { name: "test tooling", command: "node", args: ["--test", ...toolingTests] },
  { name: "unused code", command: "knip", args: ["--no-progress"] },
];

/** Test runs, by the script that starts them and the report they leave. */
const nodeTests = { script: "test", report: "node" };
const browserTests = { script: "test:browser", report: "browser" };

/** All tests are one run, so that no processor waits for the last of those in Node. */
const testLimitSeconds = 1800;

const rows = [];

/** What was skipped and, where that is known, why: one phrase each. */
const skips = [];

/** What failed: of a test its name and how its message begins, of a check its name. */
const failures = [];

/** Notes one row of the table, prints it, and with a failure all that is known of it. */
function note(row, details = "") {
  rows.push(row);
  const mark = row.failed > 0 ? "FAILED" : row.passed > 0 ? "ok" : "skipped";
  console.log(`${mark.padEnd(8)}${row.name} (${duration(row.seconds)})`);
  if (row.failed > 0 && details) console.log(`\n${details.trim()}\n`);
}

async function check({ name, command, args }) {
  const { ok, output, seconds } = await capture(command, args);
  note({ name, seconds, passed: ok ? 1 : 0, failed: ok ? 0 : 1, skipped: 0 }, output);
  if (!ok) failures.push(`${name}: failed; its output is further up`);
}

async function tests(name, suites, env = toolEnv) {
  const reports = suites.flatMap(({ report, dirs }) => dirs.map((dir) => ({ dir, report })));
  for (const { dir, report } of reports) forgetReport(dir, report);
  const { ok, output, seconds } = await capture(
    "turbo",
    [...turbo, ...suites.map(({ script }) => script)],
    { env, limitSeconds: testLimitSeconds },
  );
  const row = { name, seconds, passed: 0, failed: 0, skipped: 0 };
  for (const { dir, report } of reports) {
    const counts = readReport(dir, report);
    row.passed += counts.passed;
    row.failed += counts.failed;
    row.skipped += counts.skipped;
    failures.push(...counts.problems);
    skips.push(...counts.skips);
  }
  if (!ok && row.failed === 0) {
    row.failed += 1;
    failures.push(`${name}: the run ended with an error although no test failed`);
  }
  note(row, output);
}

async function everything() {
  for (const each of checks) await check(each);

  const packages = workspacePackages();
  const withDirs = (suite) => {
    const have = packages.filter(({ manifest }) => manifest.scripts?.[suite.script]);
    return { ...suite, dirs: have.map(({ dir }) => dir) };
  };
  const inNode = withDirs(nodeTests);
  const inChromium = withDirs(browserTests);
  // Before the tests in Node: those of WebGPU run there on the software adapter that comes with it.
  const chromium = inChromium.dirs.length > 0 ? await ensureChromium(console.log) : undefined;
  if (chromium !== undefined && "path" in chromium) {
    const env = { ...toolEnv, CHROMIUM_PATH: chromium.path };
    return tests("tests", [inNode, inChromium], env);
  }
  await tests("tests in Node", [inNode]);
  if (chromium === undefined) return;
  const skipped = inChromium.dirs.length;
  note({ name: "tests in Chromium", seconds: 0, passed: 0, failed: 0, skipped });
  const where = inChromium.dirs.join(", ");
  skips.push(`tests in Chromium of ${where}, because there is none: ${chromium.reason}`);
}

try {
  if (await setup()) await everything();
  else rows.push({ name: "setup", seconds: 0, passed: 0, failed: 1, skipped: 0 });
} catch (error) {
  note({ name: "npm test itself", seconds: 0, passed: 0, failed: 1, skipped: 0 }, error.stack);
}

const { lines, failed } = summary(rows, skips, failures);
console.log(lines.join("\n"));
process.exitCode = failed > 0 ? 1 : 0;
