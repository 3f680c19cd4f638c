import type { Backend } from "@blk/core";
import { Budget, type Emit } from "./events.js";
import { measureInterleaved, type Subject, type Timing } from "./measure.js";
import { messageOf } from "./message-of.js";
import {
  peers as allPeers,
  installPeers,
  type Peer,
  type PeerSession,
  type PreparedRun,
} from "./peers/index.js";
import { rateOf } from "./performance.js";
import type { PeerLibrary, PeerRatio, PeerReport, PeerResult } from "./report.js";
import type { Roofs } from "./roof.js";
import type { BenchCase } from "./workloads/bench-case.js";

/** The pairs that the summary names: both sides are plain JavaScript of the same precision. */
const headlines: readonly (readonly [id: string, peer: string])[] = [
  ["matmul/f64/512", "ml-matrix"],
  ["matmul/f32/512", "TensorFlow.js cpu"],
];

interface Loaded {
  readonly peer: Peer;
  readonly session: PeerSession;
}

/** Times other libraries and our backends on the same inputs, in turns; checks every result. */
export async function comparePeers(
  backends: readonly Backend[],
  cases: readonly BenchCase[],
  roofs: Roofs,
  options: { readonly seconds: number; readonly threads?: number },
  emit: Emit,
): Promise<PeerReport> {
  const chosen = cases.filter(({ peers }) => peers);
  if (chosen.length === 0) {
    // Nothing is installed for nothing.
    emit({ kind: "note", text: "no chosen case is compared with other libraries" });
    return { libraries: [], results: [], ratios: [] };
  }
  const { loaded, libraries } = await loadPeers(options.threads, emit);
  const results: PeerResult[] = [];
  const budget = new Budget(options.seconds);
  try {
    for (const [i, benchCase] of chosen.entries()) {
      const part = "comparison with other libraries";
      emit({ kind: "step", part, label: benchCase.id, done: i, total: chosen.length });
      if (budget.left === 0) {
        emit({ kind: "note", text: `${benchCase.id}: not compared, the time was used up` });
        continue;
      }
      const time = Math.min(1.5, Math.max(0.2, budget.left / (chosen.length - i)));
      const rivals = loaded.filter(({ peer }) => peer.dtype === benchCase.dtype);
      try {
        results.push(...(await compareCase(backends, rivals, benchCase, roofs, time)));
      } catch (error) {
        // Whoever threw in the midst of the turns, the other cases can still be compared.
        emit({ kind: "note", text: `${benchCase.id}: not compared, ${messageOf(error)}` });
      }
    }
  } finally {
    for (const { session } of loaded) await session.dispose().catch(() => undefined);
  }
  return { libraries, results, ratios: ratiosOf(results) };
}

/** Backend over peer, for every case that both ran rightly. */
export function ratiosOf(results: readonly PeerResult[]): readonly PeerRatio[] {
  const measured = results.filter(({ timing }) => timing !== undefined);
  return measured
    .filter(({ isPeer }) => !isPeer)
    .flatMap((own) =>
      measured
        .filter(({ isPeer, id }) => isPeer && id === own.id)
        .map((other) => ({
          id: own.id,
          label: own.label,
          dtype: own.dtype,
          backend: own.contender,
          peer: other.contender,
          ratio: (other.timing?.median ?? 0) / (own.timing?.median ?? 1),
          headline: headlines.some(([id, peer]) => id === own.id && peer === other.contender),
        })),
    );
}

async function loadPeers(
  threads: number | undefined,
  emit: Emit,
): Promise<{ readonly loaded: readonly Loaded[]; readonly libraries: readonly PeerLibrary[] }> {
  const loaded: Loaded[] = [];
  const libraries: PeerLibrary[] = [];
  try {
    await installPeers({ asked: true, progress: (text) => emit({ kind: "news", text }) });
  } catch (error) {
    const reason = messageOf(error);
    return { loaded, libraries: allPeers.map(({ name }) => ({ name, ran: false, reason })) };
  }
  for (const peer of allPeers) {
    const { name } = peer;
    try {
      const session = await peer.load(threads === undefined ? {} : { threads });
      loaded.push({ peer, session });
      libraries.push({ name, ran: true, version: session.version, threads: session.threads });
    } catch (error) {
      libraries.push({ name, ran: false, reason: messageOf(error) });
    }
  }
  return { loaded, libraries };
}

interface Contender {
  readonly about: Omit<PeerResult, "status">;
  readonly subject: Subject;
  readonly result: () => Promise<Float32Array | Float64Array | Int32Array>;
  readonly dispose: () => void;
}

async function compareCase(
  backends: readonly Backend[],
  rivals: readonly Loaded[],
  benchCase: BenchCase,
  roofs: Roofs,
  seconds: number,
): Promise<readonly PeerResult[]> {
  const { id, label, dtype } = benchCase;
  const instance = benchCase.create();
  const failed: PeerResult[] = [];
  const contenders: Contender[] = [];
  const attempt = async (
    about: Contender["about"],
    make: () => Promise<Contender | undefined>,
  ): Promise<void> => {
    try {
      const contender = await make();
      if (contender === undefined) return;
      contenders.push(contender);
      // Once before the clock runs: who cannot do it must not spoil the turns of the others.
      await contender.subject.run();
      await contender.subject.finish();
    } catch (error) {
      if (contenders.at(-1)?.about === about) contenders.pop()?.dispose();
      failed.push({ ...about, status: "failed", message: messageOf(error) });
    }
  };
  for (const backend of backends) {
    if (!backend.capabilities.dtypes.includes(dtype)) continue;
    const about = { id, label, dtype, contender: backend.name, isPeer: false };
    await attempt(about, async () => {
      const prepared = instance.prepare(backend);
      return {
        about,
        subject: { run: () => prepared.run(), finish: () => backend.finish() },
        result: () => prepared.result(),
        dispose: () => prepared.dispose(),
      };
    });
  }
  for (const { peer, session } of rivals) {
    const about = { id, label, dtype, contender: peer.name, isPeer: true };
    await attempt(about, async () => {
      const run: PreparedRun | undefined = await instance.peer?.(session);
      if (run === undefined) return undefined;
      return {
        about,
        subject: { run: () => run.run(), finish: async () => undefined },
        result: () => run.result(),
        dispose: () => run.dispose(),
      };
    });
  }
  try {
    const subjects = contenders.map(({ subject }) => subject);
    const timings = await measureInterleaved(subjects, { seconds });
    const results: PeerResult[] = [];
    for (const [i, { about, result }] of contenders.entries()) {
      const timing = timings[i] as Timing;
      const message = instance.check(await result());
      const rate = rateOf(benchCase, timing, roofs);
      results.push(
        message === undefined
          ? { ...about, status: "measured", timing, rate }
          : { ...about, status: "wrong", message },
      );
    }
    return [...results, ...failed];
  } finally {
    for (const { dispose } of contenders) dispose();
  }
}
