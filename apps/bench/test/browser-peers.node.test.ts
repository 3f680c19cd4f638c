import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { type BrowserRun, browserRun } from "../src/browser/browser-run.js";
import { type LookedAt, lookAtBrowser } from "../src/browser/look-at-browser.js";
import type { PeerResources } from "../src/browser/peer-resources.js";
import { nameIn } from "../src/name-in.js";
import { pagePeers } from "../src/page/page-peers.js";
import { missingPeers } from "../src/peers/index.js";
import { readReport } from "../src/read-report.js";
import { buildBench } from "./build-bench.js";
import { chromiumHere, fakePage } from "./chromium.js";
import { runMain } from "./run-main.js";

// Other libraries beside our WebGPU, in a page of a real Chromium.

// A browser starts slowly while other packages are tested beside, and so does each library.
vi.setConfig({ testTimeout: 180_000, hookTimeout: 60_000 });

const { path, skipped } = chromiumHere();

let built: string;
let seen: LookedAt;
beforeAll(async () => {
  if (skipped) return;
  built = await buildBench();
  seen = await lookAtBrowser(path);
});
afterAll(async () => {
  if (!skipped) await rm(built, { recursive: true });
});

const names = pagePeers.map(({ name }) => name);

describe.skipIf(skipped)(`what a page loads of libraries${skipped}`, () => {
  const measure = (
    cases: string,
    pageFolder: string,
    files: () => Promise<PeerResources>,
  ): ReturnType<BrowserRun> => {
    const backends = [nameIn("webgpu", seen.place)];
    return browserRun(
      seen,
      pageFolder,
      files,
    )({
      options: { quick: true, peers: true, cases, backends },
      ...{ only: undefined, required: backends, others: [], data: undefined },
      emit: () => undefined,
    });
  };

  test("and is not there is told, and the rest is measured", async () => {
    const none = async (): Promise<PeerResources> => ({ resources: new Map() });
    const { results } = await measure("matmul/f32/256", join(built, "page"), none);
    const reasons = results.peers.libraries.map(({ name, ran, reason }) => [name, ran, reason]);
    const remedy = expect.stringMatching(/ does not load; .*--peers installs it again$/);
    expect(reasons).toEqual(names.map((name) => [nameIn(name, seen.place), false, remedy]));
    const own = nameIn("webgpu", seen.place);
    expect(results.peers.results).toMatchObject([{ contender: own, status: "measured" }]);
  });

  test("is installed only where a chosen case is compared", async () => {
    const folder = await mkdtemp(join(tmpdir(), "bench-browser-peers-"));
    const tell = `return { kind: "refused", message: JSON.stringify(request) }`;
    const page = await fakePage(folder, tell);
    let asked = 0;
    const missing = async (): Promise<PeerResources> => {
      asked += 1;
      return { missing: "no network" };
    };
    await expect(measure("matmul/f32/8", page, missing)).rejects.toThrow(/"peers":true/);
    expect(asked).toBe(0);
    const compared = measure("matmul/f32/256", page, missing);
    await expect(compared).rejects.toThrow(/"peersMissing":"no network"/);
    expect(asked).toBe(1);
    await rm(folder, { recursive: true });
  });
});

const missing = missingPeers();
const reason = skipped || (missing.length > 0 ? ` (skipped: ${missing[0]} is not installed)` : "");

test.skipIf(reason !== "")(`libraries run in turns with our WebGPU${reason}`, async () => {
  const folder = await mkdtemp(join(tmpdir(), "bench-browser-peers-"));
  const file = join(folder, "report.json");
  const own = nameIn("webgpu", seen.place);
  const argv = ["--browser", "--peers", "--quick", "--backends", own, "--json", file];
  try {
    const { code, out } = await runMain([...argv, "--cases", "matmul/f32/256"], {
      pageFolder: join(built, "page"),
    });
    expect(code).toBe(0);
    const { peers, goals } = await readReport(file);
    const placed = names.map((name) => nameIn(name, seen.place));
    expect(peers.libraries).toEqual(
      placed.map((name) => ({ name, ran: true, version: expect.any(String), threads: 1 })),
    );
    // Each result was checked: one that is not waited for, or not computed, is wrong.
    expect(peers.results.map(({ contender, status }) => [contender, status])).toEqual(
      [own, ...placed].map((name) => [name, "measured"]),
    );
    expect(peers.ratios.map(({ backend, peer }) => [backend, peer])).toEqual(
      placed.map((name) => [own, name]),
    );
    const reached = goals.map(({ backend, items }) => [backend, items[0]?.other]);
    expect(new Set(reached.map(([, other]) => other))).toEqual(new Set(placed));
    expect(reached.map(([backend]) => backend)).toEqual(placed.map(() => own));
    expect(out).toMatch(/Beside other libraries\n(.*\n)*.*jax-js webgpu \(Chromium/);
    expect(out).toContain(`Against the goals: ${own}`);
  } finally {
    await rm(folder, { recursive: true });
  }
});
