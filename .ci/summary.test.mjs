import assert from "node:assert/strict";
import { test } from "node:test";
import { summary } from "./summary.mjs";

const row = { name: "types", seconds: 1.25, passed: 1, failed: 0, skipped: 0 };
const tests = { name: "tests in Node", seconds: 2, passed: 20, failed: 1, skipped: 3 };

test("the last line is the counts of passed and failed, and nothing else", () => {
  const quiet = summary([row], []);
  assert.equal(quiet.lines.at(-1), "1 passed, 0 failed");
  assert.equal(quiet.failed, 0);
  const skipping = summary([row, tests], ["3 node tests of packages/x", "tests in Chromium"]);
  assert.equal(skipping.lines.at(-1), "21 passed, 1 failed");
  assert.equal(skipping.failed, 1);
});

test("the line before it says what was skipped", () => {
  const { lines } = summary([row, tests], ["2 node tests of packages/x", "no Chromium"]);
  assert.equal(lines.at(-2), "3 skipped: 2 node tests of packages/x; no Chromium");
  assert.equal(summary([row], []).lines.at(-2), "");
});

test("the table adds up", () => {
  const { lines } = summary([row, tests], []);
  assert.deepEqual(lines.slice(1, 5), [
    "step                     time   passed   failed  skipped",
    "types                   1.3 s        1        0        0",
    "tests in Node           2.0 s       20        1        3",
    "total                   3.3 s       21        1        3",
  ]);
});

test("what failed comes just before the last line", () => {
  const { lines } = summary([row, tests], ["no Chromium"], ['test "a" failed', "types: failed"]);
  assert.deepEqual(lines.slice(-4), [
    "3 skipped: no Chromium",
    'test "a" failed',
    "types: failed",
    "21 passed, 1 failed",
  ]);
});
