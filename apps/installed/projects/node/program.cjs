const { js } = require("@blk/backend-js");
const { wasm } = require("@blk/backend-wasm");
const { webgpu } = require("@blk/backend-webgpu");
const { conformanceCases } = require("@blk/conformance");
const { openBackend, BlockMatrix, matmul } = require("@blk/core");
const { leastSquares } = require("@blk/linalg");
const { linear } = require("@blk/nn");
const { fit } = require("@blk/nn/node");

const functions = { webgpu, conformanceCases, leastSquares, linear, fit };

async function main() {
  const products = [];
  for (const provider of [wasm({ threads: 1 }), js()]) {
    const backend = await openBackend([provider]);
    const a = BlockMatrix.fromRows(backend, [
      [1, 2],
      [3, 4],
    ]);
    products.push(await matmul(a, a).toRows());
    await backend.dispose();
  }
  const missing = Object.keys(functions).filter((name) => typeof functions[name] !== "function");
  console.log(JSON.stringify({ products, missing }));
}

main();
