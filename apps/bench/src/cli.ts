#!/usr/bin/env node
import { contractCases } from "./conformance-cases.js";
import { main } from "./main.js";

const { stdout, stderr } = process;
process.exitCode = await main(process.argv.slice(2), {
  stdout,
  stderr,
  conformance: contractCases(),
});
