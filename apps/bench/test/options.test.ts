import { expect, test } from "vitest";
import { parseOptions } from "../src/options.js";
import { UsageError } from "../src/usage-error.js";

test("no arguments run everything", () => {
  const off = { quick: false, peers: false, browser: false, list: false, tiles: false };
  expect(parseOptions([])).toEqual({ ...off, help: false });
});

test("every flag is understood, with = and without", () => {
  const argv = [
    "--backends=js,wasm",
    "--cases",
    "matmul/*",
    "--quick",
    "--peers",
    "--browser",
    "--json",
    "out.json",
    "--list",
    "--tiles",
    "--threads=4",
    "--backend-module",
    "./mine.js",
    "--compare",
    "old.json",
  ];
  expect(parseOptions(argv)).toEqual({
    backends: ["js", "wasm"],
    cases: "matmul/*",
    quick: true,
    peers: true,
    browser: true,
    list: true,
    tiles: true,
    help: false,
    json: "out.json",
    threads: 4,
    backendModule: "./mine.js",
    compare: "old.json",
  });
});

test.each([
  [["--qick"], /no option --qick/],
  [["--brows"], /Did you mean --browser\?/],
  [["--browser=yes"], /--browser takes no value/],
  [["--backend", "js"], /Did you mean --backends\?/],
  [["--no-quick"], /no option --no-quick/],
  [["-q"], /"-q" is not understood/],
  [["matmul"], /"matmul" is not understood/],
  [["--json"], /--json needs a value; write --json FILE/],
  [["--json", "--quick"], /--json needs a value/],
  [["--cases="], /--cases needs a value/],
  [["--quick=yes"], /--quick takes no value/],
  [["--quick", "--quick"], /--quick is given twice; give it once/],
  [["--cases=a", "--cases", "b"], /--cases is given twice/],
  [["--threads"], /--threads needs a value; write --threads N/],
  [["--threads", "0"], /--threads needs a whole number from 1 to 1024, got "0"/],
  [["--threads", "1025"], /got "1025"/],
  [["--threads", "1e3"], /got "1e3"/],
  [["--threads", "-1"], /got "-1"/],
  [["--threads", "1.5"], /got "1.5"/],
  [["--backends", ","], /names no backend/],
])("%j is refused with the remedy", (argv, message) => {
  expect(() => parseOptions(argv)).toThrow(UsageError);
  expect(() => parseOptions(argv)).toThrow(message);
});
