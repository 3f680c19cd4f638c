import { js } from "@blk/backend-js";
import { wasm } from "@blk/backend-wasm";
import { type Backend, openBackend } from "@blk/core";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { loadFashionMnist } from "../src/data/fashion-mnist.js";
import { comparePeers, ratiosOf } from "../src/peer-comparison.js";
import { missingPeers, peers } from "../src/peers/index.js";
import { loadPeers } from "../src/peers/load-peers.js";
import type { PeerResult } from "../src/report.js";
import { learnedTooLittle, trainFashionMnist } from "../src/workloads/fashion-mnist.js";
import { benchCases } from "../src/workloads/index.js";
import { sweepPartition, sweptBlockSizes } from "../src/workloads/partition-sweep.js";
import { examplePerformance } from "./example-report.js";

// Everything takes longer while other packages are tested beside.
vi.setConfig({ testTimeout: 30_000 });

let backend: Backend;
beforeAll(async () => {
  backend = await openBackend([js()]);
});
afterAll(() => backend.dispose());

/** All but those that take seconds. */
const quick = benchCases().filter(
  ({ when, flops, bytes }) => when === "always" || (flops < 4e8 && bytes < 2 ** 25),
);

describe("every case that is quick gives a right result, notices a wrong one and frees its memory", () => {
  test.each(quick.map((benchCase) => [benchCase.id, benchCase] as const))("%s", async (_, c) => {
    const before = backend.memoryUsage();
    const instance = c.create();
    const prepared = instance.prepare(backend);
    await prepared.run();
    await prepared.run();
    const result = await prepared.result();
    prepared.dispose();
    expect(instance.check(result)).toBeUndefined();
    expect(instance.check(result.map((x) => x * 1.001 + Math.sign(x) * 3))).toMatch(/instead of/);
    expect(instance.check(result.subarray(1))).toMatch(/elements instead of/);
    expect(backend.memoryUsage()).toEqual(before);
  });
});

test("ids are unique and the largest cases come last", () => {
  const ids = benchCases().map(({ id }) => id);
  expect(new Set(ids).size).toBe(ids.length);
  expect(ids.at(-1)).toBe("matmul/f64/2048");
});

test("the partition sweep computes the same product in every way and frees its memory", async () => {
  const before = backend.memoryUsage();
  expect(sweptBlockSizes(64)).toEqual([8, 16, 32, 64]);
  const entry = await sweepPartition(backend, 64, 16, 2);
  const { unblocked, cut, blocks, blockByBlock } = entry;
  for (const path of [unblocked, cut, blocks, blockByBlock]) {
    expect(path.message).toBeUndefined();
    expect(path.timing?.median).toBeGreaterThan(0);
  }
  expect(cut.terms).toBe(1);
  expect(blocks.terms).toBe(64);
  expect(blockByBlock.terms).toBe(64);
  expect(blockByBlock.bytesMoved).toBeGreaterThan(unblocked.bytesMoved);
  // At least the partial products of one block of the result at a time.
  expect(blockByBlock.temporaryBytes).toBeGreaterThanOrEqual(3 * 16 * 16 * 8);
  expect(backend.memoryUsage()).toEqual(before);
});

test("training on a few images learns, is repeatable and frees its memory", async () => {
  const before = backend.memoryUsage();
  const data = await loadFashionMnist({ split: "bundled" });
  const options = { images: 2048, trainCount: 1024, batch: 64 };
  const result = await trainFashionMnist(backend, data, options);
  expect(result).toMatchObject({ epochs: 2, steps: 32, batch: 64, stoppedEarly: false });
  // Guessing gives a tenth.
  expect(result.accuracy).toBeGreaterThan(0.6);
  expect(result.imagesPerSecond).toBeGreaterThan(0);
  const { losses = [], mistakes = [] } = result;
  expect(losses[0]).toEqual({ images: 0, loss: expect.any(Number) });
  // Of ten classes, a network that knows nothing has about ln 10.
  expect(losses[0]?.loss).toBeLessThan(3 * Math.log(10));
  expect(losses.at(-1)?.loss).toBeLessThan((losses[0]?.loss ?? 0) / 2);
  expect(mistakes.length).toBeGreaterThan(0);
  expect(mistakes.every(({ label, guess }) => label !== guess)).toBe(true);
  const again = await trainFashionMnist(backend, data, options);
  expect(again.accuracy).toBe(result.accuracy);
  expect(backend.memoryUsage()).toEqual(before);
});

test("a whole training on the bundled split names at least 83 % rightly", async () => {
  const fast = await wasm({ threads: 1 }).create();
  try {
    const data = await loadFashionMnist({ split: "bundled" });
    const result = await trainFashionMnist(fast, data);
    expect(result.stoppedEarly).toBe(false);
    expect(result.accuracy).toBeGreaterThanOrEqual(0.83);
    expect(learnedTooLittle(result, true)).toBeUndefined();
  } finally {
    await fast.dispose();
  }
});

test("a training that learned too little is said to have failed", () => {
  const stoppedEarly = false;
  expect(learnedTooLittle({ accuracy: 0.82, stoppedEarly }, true)).toContain("only 82.0 %");
  expect(learnedTooLittle({ accuracy: 0.82, stoppedEarly }, false)).toBeUndefined();
  expect(learnedTooLittle({ accuracy: 0.107, stoppedEarly }, false)).toContain("only 10.7 %");
  expect(learnedTooLittle({ accuracy: 0.1, stoppedEarly: true }, true)).toBeUndefined();
});

test("training stops at its time limit and says so", async () => {
  const data = await loadFashionMnist({ split: "bundled" });
  const options = { images: 8_000_000, trainCount: 1024, seconds: 0.1 };
  const result = await trainFashionMnist(backend, data, options);
  expect(result.stoppedEarly).toBe(true);
  expect(result.steps).toBeGreaterThan(0);
});

test("training that is stopped meanwhile, by a timer, is judged by what it has learned", async () => {
  const data = await loadFashionMnist({ split: "bundled" });
  const stop = new AbortController();
  const before = backend.memoryUsage();
  const result = await trainFashionMnist(backend, data, {
    ...{ trainCount: 512, batch: 64, images: 512_000, seconds: 20, signal: stop.signal },
    onLoss: () => setTimeout(() => stop.abort(), 0),
  });
  expect(result.stoppedEarly).toBe(true);
  expect(result.steps).toBeGreaterThan(0);
  expect(result.seconds).toBeLessThan(15);
  expect(result.mistakes?.length).toBeGreaterThan(0);
  expect(result.accuracy).toBeGreaterThan(0);
  expect(backend.memoryUsage()).toEqual(before);
});

test("ratios pair each backend with each peer that measured the same case rightly", () => {
  const { timing } = examplePerformance(0.01);
  const about = { label: "A·B", dtype: "f64", threads: 1 };
  const id = "matmul/f64/512";
  const slow = { ...timing!, median: 0.03 };
  const results: readonly PeerResult[] = [
    { ...about, id, contender: "js", isPeer: false, status: "measured", timing: timing! },
    { ...about, id, contender: "ml-matrix", isPeer: true, status: "measured", timing: slow },
    { ...about, id, contender: "off", isPeer: true, status: "wrong" },
    { ...about, id: "other", contender: "x", isPeer: true, status: "measured", timing: slow },
  ];
  const ratios = ratiosOf(results);
  expect(ratios).toMatchObject([{ id, backend: "js", peer: "ml-matrix", headline: true }]);
  expect(ratios[0]?.ratio).toBeCloseTo(3);
});

test.skipIf(missingPeers().length > 0)(
  "peers run beside the backends (skipped where they are not installed)",
  async () => {
    const cases = benchCases().filter(({ id }) => /^matmul\/f(32|64)\/64$/.test(id));
    const roofs = { scalarGflops: 1, copyGBps: 1 };
    const options = { seconds: 2, load: () => loadPeers(peers) };
    const report = await comparePeers([backend], cases, roofs, options, () => undefined);
    expect(report.libraries.every(({ ran }) => ran)).toBe(true);
    expect(report.results.filter(({ status }) => status !== "measured")).toEqual([]);
    expect(report.ratios.length).toBeGreaterThan(1);
  },
  60_000,
);
