import { js } from "@blk/backend-js";
import { openBackend } from "@blk/core";
import { expect, test } from "vitest";
import { encodeCheckpoint, restoreCheckpoint } from "../../src/fit/checkpoint.js";
import { noSums } from "../../src/fit/progress.js";
import {
  adam,
  encodeSafetensors,
  openSafetensors,
  Random,
  type RawTensor,
} from "../../src/index.js";
import { smallModel } from "./small-model.js";

const key = "blk.checkpoint";

test.each<[string, (about: Record<string, unknown>) => unknown]>([
  ["no JSON", () => undefined],
  ["null", () => null],
  ["a list", () => []],
  ["another version", (about) => ({ ...about, version: 2 })],
  ["an epoch of half", (about) => ({ ...about, epoch: 0.5 })],
  ["a negative step", (about) => ({ ...about, step: -1 })],
  ["no sums", (about) => ({ ...about, sums: {} })],
  ["no results", (about) => ({ ...about, results: 1 })],
  ["no optimiser", (about) => ({ ...about, optimiser: null })],
  ["another optimiser", (about) => ({ ...about, optimiser: { kind: "sgd", steps: 0 } })],
  ["no random state", (about) => ({ ...about, random: { key: [1], counter: [0, 0] } })],
  ["other batches", (about) => ({ ...about, batchSize: 3 })],
])("a checkpoint with %s is refused, and changes nothing", async (_, change) => {
  await using backend = await openBackend([js()]);
  const model = smallModel(backend);
  const optimiser = adam(model.parameters, { rate: 0.1 });
  const state = { parameters: model.parameters, optimiser, random: new Random(1) };
  const position = {
    epoch: 0,
    step: 1,
    order: Int32Array.of(1, 0),
    sums: noSums,
    seconds: 0,
    results: [],
  };
  const pieces: number[] = [];
  for await (const piece of encodeCheckpoint(state, position, 2)) pieces.push(...piece);
  const whole = await openSafetensors(Uint8Array.from(pieces));
  const expected = { backend, batchSize: 2, samples: 2 };
  expect(await restoreCheckpoint(whole, state, expected)).toEqual(position);

  const raw = new Map<string, RawTensor>();
  for (const [name, { dtype, shape }] of whole.tensors) {
    raw.set(name, { dtype, shape, bytes: await whole.bytes(name) });
  }
  const text = JSON.stringify(change(JSON.parse(whole.metadata.get(key) ?? ""))) ?? "{";
  const damaged = await openSafetensors(
    await encodeSafetensors(raw, { metadata: { [key]: text } }),
  );
  const values = model.parameters.map(({ variable }) => variable.value);
  const { buffers } = backend.memoryUsage();
  await expect(restoreCheckpoint(damaged, state, expected)).rejects.toThrowError(
    expect.objectContaining({ code: "DATA" }),
  );
  expect(model.parameters.map(({ variable }) => variable.value)).toEqual(values);
  expect(backend.memoryUsage().buffers).toBe(buffers);
});
