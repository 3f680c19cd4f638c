import { constants } from "node:os";
import { join } from "node:path";
import { benchTargets } from "./bench-targets.mjs";
import { ensureChromium } from "./chromium.mjs";
import { capture, duration, root, runAttached } from "./process.mjs";
import { setup } from "./setup.mjs";

// `npm run bench [-- flags]`: set up, build the bench from the sources, run it with the flags.

if (!(await setup())) process.exit(1);

const flags = process.argv.slice(2);
const filters = benchTargets(flags).map((name) => `--filter=${name}`);
const build = await capture("turbo", ["run", "build", ...filters]);
if (!build.ok) {
  console.error(build.output);
  console.error("The bench could not be built; the details are above.");
  process.exit(1);
}
if (build.seconds > 2) console.log(`Setup: bench built in ${duration(build.seconds)}.`);

const env = { ...process.env };
if (flags.includes("--browser")) {
  const chromium = await ensureChromium(console.log);
  // Without one, the bench itself says what to do.
  if ("path" in chromium) env.CHROMIUM_PATH = chromium.path;
}

const cli = join(root, "apps", "bench", "dist", "cli.js");
const { code, signal } = await runAttached([cli, ...flags], env);
if (signal === null) process.exit(code ?? 1);
console.error(`\nStopped by ${signal}; no report was written.`);
process.exit(128 + constants.signals[signal]);
