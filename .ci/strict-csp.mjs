import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { root } from "./process.mjs";

// The claim of the README that the JavaScript backend runs under a strict Content-Security-Policy: its
// build, in a process that refuses to make code from strings, as pages with such a policy do.

const flag = "--disallow-code-generation-from-strings";
const self = fileURLToPath(import.meta.url);

if (!process.execArgv.includes(flag)) {
  const { status } = spawnSync(process.execPath, [flag, self], { stdio: "inherit" });
  process.exit(status ?? 1);
}

// biome-ignore lint/security/noGlobalEval: that it throws is what the rest relies on
assert.throws(() => eval("1"), EvalError);

const load = (name) => import(pathToFileURL(join(root, "packages", name, "dist", "index.js")).href);
const core = await load("core");
const { js } = await load("backend-js");
const { add, BlockMatrix, BlockPattern, expr, gelu, map, matmul, softmax, sum } = core;

const backend = await core.openBackend([js()]);
for (const dtype of ["f32", "f64", "f16", "i32"]) {
  const shape = { rows: 6, cols: 6, blockRows: 2, blockCols: 3, dtype };
  const ones = BlockMatrix.full(backend, 1, shape);
  const sparse = BlockMatrix.full(backend, 1, { ...shape, pattern: BlockPattern.diagonal(3, 2) });
  const bias = BlockMatrix.full(backend, 2, { rows: 1, cols: 6, dtype });
  const square = (x) => expr.mul(x, x);

  const first = async (matrix) => (await matrix.toArray())[0];
  assert.equal(await first(matmul(ones, ones, { transposeB: true, bias, activation: square })), 64);
  assert.equal(await first(matmul(ones, sparse, { transposeB: true })), 3);
  assert.equal(await first(map(ones, (x) => expr.sub(expr.mul(3, x), 5))), -2);
  assert.equal(await first(add(ones, sparse)), 2);
  assert.equal(await first(sum(ones)), 36);
  assert.equal(await first(core.max(sparse, { per: "row" })), 1);
  assert.equal(await first(core.gather(ones, [5])), 1);
  if (dtype === "i32") continue;
  assert.ok(Math.abs((await first(softmax(ones))) - 1 / 6) < 1e-3);
  assert.ok(Math.abs((await first(map(ones, gelu))) - 0.8413) < 1e-3);
}
await backend.dispose();
