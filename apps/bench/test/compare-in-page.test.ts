import { openBackend } from "@blk/core";
import { expect, test } from "vitest";
import { compareInPage } from "../src/page/compare-in-page.js";
import { pagePeers } from "../src/page/page-peers.js";
import { benchCases } from "../src/workloads/index.js";
import { changedBackend } from "./changed-backend.js";

const cases = benchCases().filter(({ id }) => id === "matmul/f32/8");
const roofs = { scalarGflops: 1, copyGBps: 1 };
const how = { cases, roofs, seconds: 0.2, missing: "no network", emit: () => undefined };

/** Counts what it is asked for; each call is asked to its end. */
async function named(name: string) {
  const count = { multiply: 0, finish: 0 };
  const counting = changedBackend(name, (backend) => ({
    multiply: (products) => {
      count.multiply += 1;
      backend.multiply(products);
    },
    finish: () => {
      count.finish += 1;
      return backend.finish();
    },
  }));
  return { backend: await openBackend([counting]), count };
}

test("our WebGPU alone takes part, and waits for each of its calls as the libraries do", async () => {
  const [ours, other] = [await named("webgpu"), await named("other")];
  const opened = [other.backend, ours.backend];
  const { libraries, results } = await compareInPage({ ...how, opened });
  expect(results).toMatchObject([{ contender: "webgpu", isPeer: false, status: "measured" }]);
  expect(libraries).toEqual(
    pagePeers.map(({ name }) => ({ name, ran: false, reason: "no network" })),
  );
  expect(ours.count.multiply).toBeGreaterThan(10);
  expect(ours.count.finish).toBeGreaterThanOrEqual(ours.count.multiply);
  expect(other.count.multiply).toBe(0);
});

test("nothing is compared where WebGPU does not run, or no case is chosen", async () => {
  const nothing = { libraries: [], results: [], ratios: [] };
  const opened = [(await named("other")).backend];
  expect(await compareInPage({ ...how, opened })).toEqual(nothing);
  const { backend } = await named("webgpu");
  expect(await compareInPage({ ...how, opened: [backend], cases: [] })).toEqual(nothing);
});
