import assert from "node:assert/strict";
import { test } from "node:test";
import { benchTargets } from "./bench-targets.mjs";

test("the core is built for a backend that comes as a module", () => {
  assert.deepEqual(benchTargets(["--quick", "--backend-module", "a.js"]), [
    "@blk/bench",
    "@blk/core",
  ]);
  assert.deepEqual(benchTargets(["--backend-module=a.js"]), ["@blk/bench", "@blk/core"]);
});

test("the bench alone is built otherwise", () => {
  assert.deepEqual(benchTargets(["--backends", "js"]), ["@blk/bench"]);
});
