import { stripVTControlCharacters } from "node:util";
import { describe, expect, test } from "vitest";
import { coresId, type FamilyEntry } from "../src/families.js";
import { type GoalResult, goalsOf } from "../src/goals.js";
import type { Timing } from "../src/measure.js";
import { printGoals } from "../src/print-goals.js";
import type { PeerResult, Report } from "../src/report.js";
import { convolutionalId } from "../src/workloads/training-step.js";
import { exampleReport, exampleTiming } from "./example-report.js";

const mine = "mine";

/** Of which the fastest sample takes so long. */
function timing(seconds: number): Timing {
  return { ...exampleTiming(1.5 * seconds), fastest: seconds };
}

/** A case beside others: ours on one thread, then whatever `others` say. */
function result(
  id: string,
  contender: string,
  seconds: number,
  parts: Partial<PeerResult> = {},
): PeerResult {
  return {
    ...{ id, label: id, dtype: "f32", contender, isPeer: contender.startsWith("peer") },
    ...{ threads: 1, status: "measured", timing: timing(seconds) },
    ...parts,
  };
}

function entry(
  family: string,
  id: string,
  seconds: number,
  parts: Partial<FamilyEntry> = {},
): FamilyEntry {
  return {
    ...{ family, id, contender: mine, threads: 1, status: "measured" },
    timing: timing(seconds),
    ...parts,
  };
}

function goal(id: string, parts: Partial<Report>): GoalResult {
  const found = goalsOf(exampleReport(parts), mine).find((each) => each.id === id);
  if (found === undefined) throw new Error(`there is no goal ${id}`);
  return found;
}

const beside = (...results: PeerResult[]): Partial<Report> => ({
  peers: { libraries: [], results, ratios: [] },
});

test("what was not measured says nothing", () => {
  const goals = goalsOf(exampleReport(), mine);
  expect(goals.length).toBeGreaterThan(15);
  expect(new Set(goals.map(({ id }) => id)).size).toBe(goals.length);
  for (const each of goals) {
    expect(each.items).toEqual([]);
    expect(each.value).toBeUndefined();
    expect(each.met).toBeUndefined();
  }
  expect(printGoals(exampleReport({ goals }))).toBe("");
  expect(goalsOf(exampleReport(), undefined)).toEqual([]);
});

describe("beside other libraries", () => {
  test("the fastest of them counts, and of several sizes the worst", () => {
    const products = goal(
      "products-beside-peers",
      beside(
        result("matmul/f32/256", mine, 1e-3),
        result("matmul/f32/256", "peer a", 3e-3),
        result("matmul/f32/256", "peer b", 2e-3),
        result("matmul/f32/512", mine, 8e-3),
        result("matmul/f32/512", "peer a", 9e-3),
        result("matmul/f32/512", "peer wrong", 1e-6, {
          status: "wrong",
          timing: undefined as never,
        }),
      ),
    );
    expect(products.items).toMatchObject([
      { label: "matmul/f32/256", value: 2, ours: 1e-3, other: "peer b", theirs: 2e-3 },
      { other: "peer a", value: 9 / 8 },
    ]);
    expect(products).toMatchObject({ value: 9 / 8, goal: 1.25, met: false });
  });

  test("the goal is higher where multiply-adds are one instruction", () => {
    const roof = { separate: 40, fused: 50 };
    const simd = { f32: roof, f64: roof, copyGBps: 10, readGBps: 10 };
    const roofs = { scalarGflops: 8, copyGBps: 9, simd };
    const results = beside(
      result("matmul/f32/1024", mine, 1),
      result("matmul/f32/1024", "peer a", 1.3),
    );
    expect(goal("products-beside-peers", results)).toMatchObject({ goal: 1.25, met: true });
    expect(goal("products-beside-peers", { ...results, roofs })).toMatchObject({
      ...{ goal: 1.4, met: false },
    });
    expect(goal("products-roof", { roofs }).goal).toBe(0.9);
  });

  test("a library with more threads is compared with ours on as many", () => {
    const results = beside(
      result("matmul/f32/512", mine, 8),
      result("matmul/f32/512", `${mine} (2 threads)`, 4, { threads: 2 }),
      result("matmul/f32/512", "other", 1, { threads: 2 }),
      result("matmul/f32/512", "peer a", 12),
      result("matmul/f32/512", "peer b", 6, { threads: 2 }),
    );
    expect(goal("products-beside-peers", results).items).toMatchObject([{ value: 1.5 }]);
  });

  test("odd sizes have a worst, and a share where we are ahead", () => {
    const odd = beside(
      result("matmul/f32/127", mine, 1),
      result("matmul/f32/127", "peer a", 0.8),
      result("matmul/f32/251", mine, 1),
      result("matmul/f32/251", "peer a", 1.2),
      result("matmul/f32/thin/512x3x512", mine, 1),
      result("matmul/f32/thin/512x3x512", "peer a", 2),
    );
    expect(goal("odd-sizes", odd)).toMatchObject({ value: 0.8, met: true });
    expect(goal("odd-sizes-ahead", odd)).toMatchObject({
      ...{ value: 2 / 3, met: true, items: [{ label: "2 of 3" }] },
    });
  });

  test("training is compared with one library", () => {
    const id = "training/f32/784-128-10-momentum";
    const training = goal(
      "training",
      beside(
        result(id, mine, 1),
        result(id, "peer a", 2),
        result(id, "TensorFlow.js wasm", 7, { isPeer: true }),
      ),
    );
    expect(training).toMatchObject({ value: 7, goal: 6, met: true });
  });

  test("training with convolutions is compared with the fastest that can, which is named", () => {
    const convolutional = goal(
      "training-convolutional",
      beside(
        result(convolutionalId, mine, 1),
        result(convolutionalId, "peer a", 40),
        result(convolutionalId, "peer b", 30),
      ),
    );
    expect(convolutional).toMatchObject({ value: 30, met: true, items: [{ other: "peer b" }] });
  });
});

describe("beside each other", () => {
  test("a share of the roof is that of the turns", () => {
    const rate = { value: 45, unit: "GFLOP/s", shareOfRoof: 0.9, roof: "simd" } as const;
    const families = [entry("products/256", "matmul/f32/256", 1e-3, { rate })];
    const item = { label: "A·B, n = 256: 45.0 GFLOP/s", value: 0.9, other: "50.0 GFLOP/s" };
    expect(goal("products-roof", { families })).toMatchObject({ met: true, items: [item] });
    const probe = entry("products/256", "probe/f32", 1, {
      contender: "machine",
      timing: { ...timing(1), median: 1.2 },
    });
    const [slower] = goal("products-roof", { families: [...families, probe] }).items;
    expect(slower?.ofMedians).toBeCloseTo((0.9 / 1.5) * 1.2, 9);
  });

  test("transposes, batches and f64 are measured by A·B of the same size", () => {
    const families = [
      entry("products/512", "matmul/f32/512", 10),
      entry("products/512", "matmul/f32/512", 1, { contender: "other" }),
      entry("products/512", "matmul/f32/nt/512", 10.5),
      entry("products/512", "matmul/f32/window/512", 11),
      entry("products/512", "matmul/f64/512", 20),
      entry("batches/64", "matmul/f32/64", 10),
      entry("batches/64", "matmul/f32/batch-4/64", 42),
    ];
    expect(goal("transposes", { families })).toMatchObject({ value: 1.1, met: false });
    expect(goal("batches", { families })).toMatchObject({ value: 1.05, met: true });
    expect(goal("f64", { families })).toMatchObject({ value: 0.5, met: true });
  });

  test("block-sparse time may be what its density allows, and a call", () => {
    const id = "block-sparse/f32/1024/block-64/density-25";
    const families = [
      entry("block-sparse/1024", "matmul/f32/1024", 0.85),
      entry("block-sparse/1024", id, 0.3),
      entry("calls", "call/f32/multiply/1", 0.05),
    ];
    expect(goal("block-sparse", { families }).items).toMatchObject([{ value: 1, theirs: 0.3 }]);
    expect(goal("call", { families })).toMatchObject({ value: 0.05, met: false });
  });

  test("threads are measured by one", () => {
    const more = { contender: `${mine} (2 threads)`, threads: 2 };
    const families = [
      entry("threads", "matmul/f32/512", 10),
      entry("threads", "matmul/f32/512", 5, { ...more, timing: { ...timing(5), median: 12 } }),
    ];
    const items = [{ value: 2, ofMedians: 15 / 12 }];
    expect(goal("threads", { families })).toMatchObject({ value: 2, met: true, items });
  });

  test("what the cores give is told by what it was timed with", () => {
    const more = { contender: `${mine} (2 threads)`, threads: 2 };
    const families = ["threads", "threads/training"].flatMap((family, i) => [
      entry(family, coresId, 6),
      entry(family, coresId, 3 + i, more),
    ]);
    expect(goal("threads-cores", { families }).items).toMatchObject([
      { value: 2, label: expect.stringContaining("in turns with products") },
      { value: 1.5, label: expect.stringContaining("in turns with training steps") },
    ]);
  });
});

test("opening is the backend's", () => {
  const others = { name: "other", ran: true, openSeconds: 0.01 };
  const backends = [others, { name: mine, ran: true, openSeconds: 0.07 }];
  expect(goal("open", { backends })).toMatchObject({ value: 0.07, met: false });
});

test("the table tells goals and figures", () => {
  const parts = beside(
    result("matmul/f32/64", mine, 1e-5),
    result("matmul/f32/64", "peer a", 2e-5),
  );
  const backends = [{ name: mine, ran: true, openSeconds: 0.07 }];
  const goals = goalsOf(exampleReport({ ...parts, backends }), mine);
  const text = stripVTControlCharacters(printGoals(exampleReport({ backends, goals })));
  expect(text).toMatch(/^Against the goals: mine\n/);
  expect(text).toMatch(/n = 64, beside the best other library +2\.00× +≥ 1\.50× +✓/);
  expect(text).toMatch(/ {3}matmul\/f32\/64 +2\.00× +2\.00× +10\.0 µs +peer a +20\.0 µs/);
  expect(text).toMatch(/openBackend +70\.0 ms +≤ 60\.0 ms +✗/);
});
