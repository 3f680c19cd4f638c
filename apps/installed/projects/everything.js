import { js } from "@blk/backend-js";
import { wasm } from "@blk/backend-wasm";
import { webgpu } from "@blk/backend-webgpu";
import { conformanceCases, runCase } from "@blk/conformance";
import { BlockMatrix, matmul, scope } from "@blk/core";
import { leastSquares } from "@blk/linalg";
import { gradients, mul, parameter, sum } from "@blk/nn";

/** Something of each package, on each backend, with results that are the same everywhere. */
export async function everything() {
  const found = {};
  for (const provider of [wasm({ threads: 2 }), js(), webgpu()]) {
    const probed = await provider.probe();
    found[provider.name] = probed.available ? await tryAll(provider) : "cannot run here";
  }
  return found;
}

async function tryAll(provider) {
  const backend = await provider.create();
  const matrices = [];
  const keep = (matrix) => {
    matrices.push(matrix);
    return matrix;
  };
  const fromRows = (rows) => keep(BlockMatrix.fromRows(backend, rows));

  const a = fromRows([
    [1, 2],
    [3, 4],
  ]);
  const product = await keep(matmul(a, a)).toRows();

  const points = fromRows([
    [1, 0],
    [1, 1],
    [1, 2],
  ]);
  const line = keep(await leastSquares(points, fromRows([[1], [3], [5]])));
  const coefficients = (await line.toRows()).map(([x]) => Math.round(x * 1000) / 1000);

  const x = keep(parameter(fromRows([[3]])));
  const slope = scope(() => gradients(sum(mul(x, x)), [x])[0]);
  const slopes = await keep(slope).toRows();

  const cases = conformanceCases().filter(({ name }) => name.startsWith("multiply/f32/9×7×8"));
  let passed = 0;
  for (const oneCase of cases) {
    const { status } = await runCase(oneCase, { backend, open: () => provider.create() });
    if (status === "passed") passed += 1;
  }
  for (const matrix of matrices) matrix.dispose();
  await backend.dispose();
  return { product, coefficients, slopes, passed };
}
