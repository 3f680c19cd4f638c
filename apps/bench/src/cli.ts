#!/usr/bin/env node
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { contractCases } from "./conformance-cases.js";
import { main } from "./main.js";

const { stdout, stderr } = process;

// Who reads along may leave early, as `head` does; the report is written all the same.
for (const stream of [stdout, stderr]) {
  stream.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
  });
}

// Nothing is left to wait for, yet the run is not done.
process.once("beforeExit", () => {
  const line = stderr.isTTY ? "\n" : "";
  stderr.write(
    `${line}bench: a backend never answered and the run stopped; choose others with --backends\n`,
  );
  process.exit(1);
});

// The page is built beside this program.
const pageFolder = join(dirname(fileURLToPath(import.meta.url)), "page");
const conformance = contractCases();
const code = await main(process.argv.slice(2), { stdout, stderr, conformance, pageFolder });
for (const stream of [stdout, stderr]) await new Promise((done) => stream.write("", done));
// Threads and timers of a backend's module must not keep the bench from ending.
process.exit(code);
