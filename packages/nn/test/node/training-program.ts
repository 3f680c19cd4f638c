/** A training run in a process of its own, to be killed: prints the bits of the trained weights. */
import { createHash } from "node:crypto";
import { wasm } from "@blk/backend-wasm";
import { openBackend } from "@blk/core";
import { adam, Random, softmaxCrossEntropy } from "../../src/index.js";
import { fit } from "../../src/node/index.js";
import { corners, smallModel } from "../fit/small-model.js";

const [checkpoint = "", epochs = ""] = process.argv.slice(2);
const backend = await openBackend([wasm({ threads: 1 })]);
const model = smallModel(backend);
const result = await fit(model, corners(backend, 200), {
  ...{ epochs: Number(epochs), batchSize: 16, random: new Random(5), loss: softmaxCrossEntropy },
  optimiser: adam(model.parameters, { rate: 0.01 }),
  ...(checkpoint !== "" && { checkpoint, saveEverySteps: 3 }),
  onProgress: () => process.stdout.write("."),
});
const hash = createHash("sha256");
for (const { variable } of model.parameters) {
  const { buffer } = await variable.toArray();
  hash.update(new Uint8Array(buffer));
}
const losses = result.epochs.map(({ loss, accuracy }) => [loss, accuracy]);
const { stopped } = result;
process.stdout.write(`\n${JSON.stringify({ stopped, bits: hash.digest("hex"), losses })}\n`);
await backend.dispose();
