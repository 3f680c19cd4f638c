import { expect, test } from "vitest";
import { withoutPaths } from "../src/private-paths.js";

const personal = [
  "/home/ada lovelace",
  "/home/ada lovelace/blk",
  "C:\\Users\\ada",
  "/f64",
  "/",
  "",
];

test.each([
  ["no such file '/home/ada lovelace/blk/kernel.wasm'", "no such file '…/kernel.wasm'"],
  ["in file:///home/ada lovelace/blk/dist/cli.js:3", "in file://…/dist/cli.js:3"],
  ["EACCES: mkdir '/srv/secret/place/reports'", "EACCES: mkdir '…/reports'"],
  ["from file:///srv/secret/module.mjs", "from …/module.mjs"],
  ["open C:\\Users\\ada\\report.json", "open …\\report.json"],
  ["open D:\\secret\\place\\report.json", "open …/report.json"],
  ["two: /a/b/c.js, (/d/e.js)", "two: …/c.js, (…/e.js)"],
])("%s", (message, expected) => {
  expect(withoutPaths(message, personal)).toBe(expected);
});

test.each([
  "matmul/f64/512",
  "10.5 GB/s, 3 GFLOP/s and/or more",
  "see https://registry.npmjs.org/ml-matrix/latest",
  "./mine/backend.js and ../x/y.js",
  "Intel(R) Xeon(R) @ 2.0GHz / 3.0GHz",
])("%s stays", (message) => {
  expect(withoutPaths(message, personal)).toBe(message);
});
