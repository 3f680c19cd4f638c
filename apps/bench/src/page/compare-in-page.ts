import { webgpu } from "@blk/backend-webgpu";
import type { Backend } from "@blk/core";
import type { Emit } from "../events.js";
import { comparePeers, nothingCompared } from "../peer-comparison.js";
import { absentPeers, loadPeers } from "../peers/load-peers.js";
import type { PeerReport } from "../report.js";
import type { Roofs } from "../roof.js";
import type { BenchCase } from "../workloads/bench-case.js";
import { pagePeers } from "./page-peers.js";

export interface ComparedInPage {
  readonly opened: readonly Backend[];
  readonly cases: readonly BenchCase[];
  readonly roofs: Roofs;
  readonly seconds: number;
  /** Why there are no other libraries to load. */
  readonly missing?: string | undefined;
  readonly emit: Emit;
}

/** Compares our WebGPU with other libraries on WebGPU, in this page and in turns. */
export async function compareInPage(inputs: ComparedInPage): Promise<PeerReport> {
  const { opened, cases, roofs, seconds, missing, emit } = inputs;
  const { name } = webgpu();
  const backends = opened.filter((backend) => backend.name === name);
  if (cases.length === 0 || backends.length === 0) return nothingCompared;
  emit({ kind: "part", part: "comparison with other libraries" });
  const load = async () =>
    missing === undefined ? loadPeers(pagePeers) : absentPeers(pagePeers, missing);
  // So few cases that all have the time for all; a queue of unfinished calls would be ours alone.
  const options = { seconds, load, longestCall: Number.POSITIVE_INFINITY, callByCall: true };
  return comparePeers(backends, cases, roofs, options, emit);
}
