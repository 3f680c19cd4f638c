import type { Backend } from "@blk/core";
import { expect, test } from "vitest";
import { coresId, type FamilyEntry, families, familiesOf, timeFamilies } from "../src/families.js";
import type { Probe, ProbeKind } from "../src/simd-roof.js";
import type { BenchCase } from "../src/workloads/bench-case.js";
import { benchCases } from "../src/workloads/index.js";
import { sharedTrainingIds } from "../src/workloads/training-step.js";

test("every family is of cases that there are", () => {
  const known = new Set([...benchCases().map(({ id }) => id), ...sharedTrainingIds]);
  for (const { ids } of families) {
    expect(ids.filter((id) => !known.has(id))).toEqual([]);
    expect(new Set(ids).size).toBe(ids.length);
  }
});

/** As much of a backend as timing needs. */
function backend(name: string, threads: number): Backend {
  const capabilities = { dtypes: ["f32"], threads };
  return { name, capabilities, finish: async () => undefined } as unknown as Backend;
}

/** Calls that take so many milliseconds, whatever else the machine does. */
function busy(milliseconds: number): () => void {
  return () => {
    const end = performance.now() + milliseconds;
    while (performance.now() < end);
  };
}

/** A case of the bench that takes so many milliseconds on one thread, and half of it on two. */
function exampleCase(id: string, milliseconds: number, parts: Partial<BenchCase> = {}): BenchCase {
  return {
    ...{ id, group: "example", label: "example", dtype: "f32", when: "always", peers: false },
    ...{ flops: 1e6, bytes: 4e6, unit: "GFLOP/s" },
    create: () => ({
      prepare: ({ capabilities }) => ({
        run: busy(milliseconds / capabilities.threads),
        result: async () => Float32Array.of(1),
        dispose: () => undefined,
      }),
      check: () => undefined,
    }),
    ...parts,
  };
}

const probes = new Map<ProbeKind, Probe>(
  (["f32", "f64", "copy", "read"] as const).map((kind) => [
    kind,
    { kind, fused: false, work: 2e6, run: busy(2) },
  ]),
);

async function timed(cases: readonly BenchCase[], backends: readonly Backend[]) {
  return timeFamilies(backends, cases, probes, 0.4, () => undefined);
}

test("only chosen cases take part, each beside the probe of its unit", async () => {
  const cases = [
    exampleCase("matmul/f32/256", 4),
    exampleCase("matmul/f32/nt/256", 8),
    exampleCase("matmul/f64/256", 1, { dtype: "f64" }),
    exampleCase("softmax/f32/1024x1024", 4, { unit: "GB/s" }),
    exampleCase("call/f32/multiply/1", 1, { unit: "call" }),
    exampleCase("elsewhere", 1),
  ];
  expect(familiesOf(cases).map(({ name }) => name)).toEqual(["products/256", "memory", "calls"]);
  const entries = await timed(cases, [backend("mine", 1)]);
  expect(entries.map(({ family, id, contender }) => [family, id, contender])).toEqual([
    ["products/256", "matmul/f32/256", "mine"],
    ["products/256", "matmul/f32/nt/256", "mine"],
    ["products/256", "probe/f32", "machine"],
    ["products/256", "probe/f64", "machine"],
    ["memory", "softmax/f32/1024x1024", "mine"],
    ["memory", "probe/copy", "machine"],
    ["memory", "probe/read", "machine"],
    ["calls", "call/f32/multiply/1", "mine"],
  ]);
  const [plain, , single, , softmax, copy] = entries.map(figures);
  expect(plain?.value).toBeCloseTo(1e-3 / plain!.fastest, 9);
  expect(plain?.share).toBeCloseTo(plain!.value / single!.value, 9);
  expect(softmax?.value).toBeCloseTo(4e-3 / softmax!.fastest, 9);
  expect(softmax?.share).toBeCloseTo(softmax!.value / copy!.value, 9);
  expect(single?.share).toBe(1);
  expect(entries.at(-1)?.timing?.median).toBeGreaterThan(0.9e-3);
  expect(entries.at(-1)?.rate).toBeUndefined();
});

function figures({ timing, rate }: FamilyEntry) {
  return { fastest: timing!.fastest, value: rate?.value ?? 0, share: rate?.shareOfRoof };
}

test("threads are compared where there is a backend that has more", async () => {
  const cases = [exampleCase("matmul/f32/2048", 8)];
  const [one, two, other] = [backend("a", 1), backend("b", 2), backend("c", 1)];
  const alone = await timed(cases, [one, other]);
  expect(alone.map(({ family }) => family)).not.toContain("threads");
  const entries = await timed(cases, [one, two, other]);
  const compared = entries.filter(({ family }) => family === "threads");
  expect(compared.map(({ contender, threads }) => [contender, threads])).toEqual([
    ["a", 1],
    ["b", 2],
    ["machine", 1],
  ]);
  const [first, second, machine] = compared.map(figures);
  expect(first?.share).toBeCloseTo(first!.value / machine!.value, 9);
  // Twice the threads, twice the roof.
  expect(second?.share).toBeCloseTo(second!.value / machine!.value / 2, 9);
});

test("what the cores give is measured beside something only", () => {
  const [cores, training] = [coresId, sharedTrainingIds[0]!].map((id) => exampleCase(id, 1));
  expect(familiesOf([cores!]).map(({ name }) => name)).toEqual(["batches/64"]);
  const both = familiesOf([cores!, training!]);
  expect(both.map(({ name }) => name)).toEqual(["batches/64", "threads/training"]);
  expect(both.at(-1)?.ids).toEqual([training!.id, coresId]);
});

test("longer warm-ups take their part of the time", async () => {
  let calls = 0;
  const work = busy(2);
  const run = (): void => {
    calls++;
    work();
  };
  const counted = new Map(probes).set("f32", { kind: "f32", fused: false, work: 2e6, run });
  const cases = [exampleCase(sharedTrainingIds[0]!, 1)];
  await timeFamilies([backend("a", 1), backend("b", 2)], cases, counted, 0.5, () => undefined);
  // Of 3 · (1 + 4) shares 4, at 2 ms a call; its last batch may double that. Then come 60 samples at most.
  expect(calls).toBeLessThan((2 * (4 / 15) * 0.5) / 0.002 + 1 + 60 + 2);
});
