import type { Backend } from "@blk/core";
import { expect, test } from "vitest";
import { runPerformance } from "../src/performance.js";
import type { BenchCase, Prepared } from "../src/workloads/bench-case.js";

const roofs = { scalarGflops: 1, copyGBps: 1 };

/** As much of a backend as timing needs. */
const backend = {
  name: "example",
  capabilities: { dtypes: ["f64"] },
  finish: async () => undefined,
  memoryUsage: () => ({ buffers: 0, bytes: 0 }),
} as unknown as Backend;

/** A case whose result is right when it is 1. */
function exampleCase(
  parts: Partial<BenchCase> = {},
  prepared: Partial<Prepared> = {},
  disposed: () => void = () => undefined,
): BenchCase {
  return {
    ...{ id: "example/f64", group: "example", label: "example", dtype: "f64" },
    ...{ flops: 1e6, bytes: 2e6, unit: "GFLOP/s", when: "always", peers: false },
    create: () => ({
      prepare: () => ({
        run: () => undefined,
        result: async () => Float64Array.of(1),
        dispose: disposed,
        ...prepared,
      }),
      check: ([value]) => (value === 1 ? undefined : `it is ${value} instead of 1`),
    }),
    ...parts,
  };
}

async function timed(cases: readonly BenchCase[], seconds = 0.3) {
  return runPerformance(backend, cases, roofs, seconds, () => undefined);
}

test("a right result is timed, and its speed is a share of the roof", async () => {
  const [flops, bytes] = await timed([exampleCase(), exampleCase({ unit: "GB/s" })]);
  expect(flops).toMatchObject({ id: "example/f64", backend: "example", status: "measured" });
  expect(flops?.rate?.value).toBeCloseTo(1e-3 / flops!.timing!.median, 6);
  expect(bytes?.rate?.value).toBeCloseTo(2e-3 / bytes!.timing!.median, 6);
  expect(flops?.rate?.shareOfRoof).toBe(flops?.rate?.value);
});

test("a wrong result has no time", async () => {
  const [entry] = await timed([exampleCase({}, { result: async () => Float64Array.of(-1) })]);
  expect(entry).toMatchObject({ status: "wrong", message: "it is -1 instead of 1" });
  expect(entry?.timing).toBeUndefined();
});

test("what throws has failed, is freed, and does not keep the next from running", async () => {
  let freed = 0;
  const failing = exampleCase(
    {},
    { run: () => Promise.reject(new Error("device lost")) as never },
    () => freed++,
  );
  const [first, second] = await timed([failing, exampleCase()]);
  expect(first).toMatchObject({ status: "failed", message: "device lost" });
  expect(freed).toBe(1);
  expect(second?.status).toBe("measured");
});

test("what the backend cannot or time does not allow is skipped with the reason", async () => {
  const pause = async (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 30));
  const slow = exampleCase({}, { run: pause as never });
  const large = exampleCase({ flops: 5e7 });
  const [f32, measured, skipped] = await timed([exampleCase({ dtype: "f32" }), slow, large]);
  expect(f32).toMatchObject({ status: "skipped", message: "example has no f32" });
  expect(measured?.status).toBe("measured");
  expect(skipped?.status).toBe("skipped");
  expect(skipped?.message).toMatch(/^it would take about \d+\.\d s.*choose it with --cases$/);
  const [late] = await timed([exampleCase()], 0);
  expect(late?.message).toBe("the time of this part was used up; choose it with --cases");
});

test("a small case, whose time is that of the call, does not tell how long a large one takes", async () => {
  const pause = async (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 30));
  const small = exampleCase({ flops: 1e6 }, { run: pause as never });
  const [, large] = await timed([small, exampleCase({ flops: 1e8 })]);
  expect(large?.status).toBe("measured");
});
