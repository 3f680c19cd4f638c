import type { Backend } from "@blk/core";
import { Budget, type Emit } from "./events.js";
import { messageOf } from "./message-of.js";
import type { LoadedPeer, LoadedPeers } from "./peers/load-peers.js";
import { rateOf } from "./performance.js";
import type { PeerRatio, PeerReport, PeerResult } from "./report.js";
import { type Roofs, type Yardstick, yardstick } from "./roof.js";
import { type Runner, timeInTurns } from "./turns.js";
import { usesVectors } from "./uses-vectors.js";
import type { BenchCase, Instance } from "./workloads/bench-case.js";
import { peerRunnerOn, runnerOn } from "./workloads/case-runner.js";
import { trainingIds } from "./workloads/training-step.js";

/** The pairs that the summary names. */
const headlines: readonly (readonly [id: string, peer: string])[] = [
  ["matmul/f64/512", "ml-matrix"],
  ["matmul/f32/512", "TensorFlow.js cpu"],
  ["matmul/f32/512", "TensorFlow.js wasm"],
  ["matmul/f32/512", "onnxruntime-web wasm"],
  ...["TensorFlow.js webgpu", "onnxruntime-web webgpu", "jax-js webgpu"].map(
    (peer) => ["matmul/f32/512", peer] as const,
  ),
  ...trainingIds.map((id) => [id, "TensorFlow.js wasm"] as const),
];

/** Times as long as the fastest. */
const mostTimes = 4;

export interface ComparisonOptions {
  readonly seconds: number;
  /** Loads the other libraries; called only where there is something to compare. */
  readonly load: () => Promise<LoadedPeers>;
  /**
   * Whoever takes longer than so many seconds, and several times as long as the fastest, sits out:
   * it would hold up all the others, call after call. Default: 0.5.
   */
  readonly longestCall?: number;
  /**
   * Waits for each call of ours, not only for the last of a sample: libraries complete each of
   * theirs. Default: false, for calls that are done when they return.
   */
  readonly callByCall?: boolean;
}

export const nothingCompared: PeerReport = { libraries: [], results: [], ratios: [] };

/**
 * Times other libraries and our backends on the same inputs, in turns; checks every result. Takes
 * about `seconds`; where these are used up, what is left has little time, but its turns.
 */
export async function comparePeers(
  backends: readonly Backend[],
  cases: readonly BenchCase[],
  roofs: Roofs,
  { seconds, load, longestCall = 0.5, callByCall = false }: ComparisonOptions,
  emit: Emit,
): Promise<PeerReport> {
  if (cases.length === 0) {
    // Nothing is installed for nothing.
    emit({ kind: "note", text: "no chosen case is compared with other libraries" });
    return nothingCompared;
  }
  const { loaded, libraries } = await load();
  const results: PeerResult[] = [];
  const budget = new Budget(seconds);
  /** Seconds per operation of who computed the last case of a group. */
  const pace = new Map<string, number>();
  try {
    for (const [i, benchCase] of cases.entries()) {
      const { id, group, dtype, flops } = benchCase;
      const part = "comparison with other libraries";
      const tell = (label: string): void =>
        emit({ kind: "step", part, label, done: i, total: cases.length });
      tell(id);
      const kind = (contender: string): string => `${contender} ${group} ${dtype}`;
      const all = contendersOf({ backends, loaded, roofs, dtype, callByCall });
      const expected = new Map(
        all.map(({ name }) => [name, flops * (pace.get(kind(name)) ?? 0)] as const),
      );
      const longest = Math.max(longestCall, mostTimes * Math.min(...expected.values()));
      const contenders = all.filter(({ name }) => (expected.get(name) as number) <= longest);
      for (const { name } of all.filter((contender) => !contenders.includes(contender))) {
        const seconds = (expected.get(name) as number).toFixed(1);
        const text = `${id}: without ${name}, for a call would take about ${seconds} s`;
        emit({ kind: "note", text });
      }
      const share = budget.left / (cases.length - i) / Math.max(contenders.length, 1);
      const time = Math.min(1.5, Math.max(0.1, share));
      try {
        const compared = await compareCase(contenders, benchCase, time, tell);
        results.push(...compared);
        for (const { contender, timing } of compared) {
          if (timing !== undefined) pace.set(kind(contender), timing.fastest / flops);
        }
      } catch (error) {
        // Whoever threw in the midst of the turns, the other cases can still be compared.
        emit({ kind: "note", text: `${id}: not compared, ${messageOf(error)}` });
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

/** What a case takes part with: a backend or a library. */
interface Contender {
  readonly name: string;
  readonly isPeer: boolean;
  readonly threads: number;
  readonly roof: Yardstick;
  prepare(instance: Instance): Promise<Runner | undefined>;
}

interface Contending extends Required<Pick<ComparisonOptions, "callByCall">> {
  readonly backends: readonly Backend[];
  readonly loaded: readonly LoadedPeer[];
  readonly roofs: Roofs;
  readonly dtype: BenchCase["dtype"];
}

function contendersOf(contending: Contending): readonly Contender[] {
  const { backends, loaded, roofs, dtype, callByCall } = contending;
  const own = backends
    .filter(({ capabilities }) => capabilities.dtypes.includes(dtype))
    .map((backend): Contender => {
      const { name } = backend;
      const { threads } = backend.capabilities;
      const roof = yardstick(roofs, { vectors: usesVectors(name), threads });
      const prepare: Contender["prepare"] = async (instance) => {
        const runner = runnerOn(backend, instance);
        return callByCall ? completing(runner) : runner;
      };
      return { name, isPeer: false, threads, roof, prepare };
    });
  const others = loaded
    .filter(({ peer }) => peer.dtype === dtype)
    .map(({ peer, session }): Contender => {
      const { name, vectors } = peer;
      const { threads } = session;
      const roof = yardstick(roofs, { vectors, threads });
      return { name, isPeer: true, threads, roof, prepare: (i) => peerRunnerOn(session, i) };
    });
  return [...own, ...others];
}

/** A runner whose every call is done before the next one starts. */
function completing({ subject, ...rest }: Runner): Runner {
  const run = async (): Promise<void> => {
    await subject.run();
    await subject.finish();
  };
  return { ...rest, subject: { run, finish: async () => undefined } };
}

async function compareCase(
  contenders: readonly Contender[],
  benchCase: BenchCase,
  seconds: number,
  tell: (label: string) => void,
): Promise<readonly PeerResult[]> {
  const { id, label, dtype } = benchCase;
  const instance = benchCase.create();
  const entrants = contenders.map((contender) => {
    const { name, isPeer, threads } = contender;
    const about = { id, label, dtype, contender: name, isPeer, threads };
    const prepare = (): ReturnType<Contender["prepare"]> => {
      // Compiling may take long: whose it is should be seen.
      tell(`${id}, ${name}`);
      return contender.prepare(instance);
    };
    return { about, prepare };
  });
  const outcomes = await timeInTurns(entrants, { seconds });
  return outcomes.map((outcome) => {
    if (outcome.status !== "measured") return outcome;
    const { roof } = contenders.find(({ name }) => name === outcome.contender) as Contender;
    return { ...outcome, ...rateOf(benchCase, outcome.timing, roof) };
  });
}
