import { wasm } from "@blk/backend-wasm";
import { BlockMatrix, matmul, openBackend } from "@blk/core";

/** Products large enough for two threads. Their numbers are whole: every order of summation gives the same. */
async function sharedProducts() {
  const backend = await openBackend([wasm({ threads: 2 })]);
  const n = 512;
  const rows = Array.from({ length: n }, (_, i) =>
    Array.from({ length: n }, (_, j) => ((i * 31 + j * 17) % 101) - 50),
  );
  const a = BlockMatrix.fromRows(backend, rows);
  const sums = new Set();
  // Calls enough, and time enough, for the second thread to come up, or to be found missing.
  for (let call = 0; call < 30; call++) {
    const product = matmul(a, a);
    const values = await product.toRows();
    product.dispose();
    sums.add(values.flat().reduce((sum, value, place) => sum + value * ((place % 7) + 1), 0));
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  const { threads, notes } = backend.capabilities;
  return { sums: [...sums], threads, notes: notes.filter((note) => note.includes("thread")) };
}

sharedProducts().then((outcome) => {
  globalThis.outcome = outcome;
  if (typeof document === "undefined") console.log(JSON.stringify(outcome));
});
