import { type FamilyEntry, familiesOf, part as familyPart, timeFamilies } from "./families.js";
import { messageOf } from "./message-of.js";
import type { Options } from "./options.js";
import { comparePeers, nothingCompared } from "./peer-comparison.js";
import { peers as allPeers, installPeers } from "./peers/index.js";
import { absentPeers, type LoadedPeers, loadPeers } from "./peers/load-peers.js";
import type { Report } from "./report.js";
import type { MeasuredRoofs } from "./roof.js";
import type { BackendsInputs } from "./run-backends.js";
import { trainingCases } from "./workloads/training-step.js";

/** The parts of a report that are timed in turns. */
export type Compared = Pick<Report, "peers" | "families">;

export const notCompared: Compared = {
  peers: nothingCompared,
  families: [],
};

export interface PeersInputs extends BackendsInputs {
  readonly options: Pick<Options, "threads">;
  readonly probes: MeasuredRoofs["probes"];
}

/** Times cases beside each other, and beside other libraries, on the backends of this process. */
export async function runPeers(inputs: PeersInputs): Promise<Compared> {
  const { opened, selection, limits, roofs, probes, data, options, emit } = inputs;
  if (opened.length === 0) {
    const text = "nothing was compared with other libraries in Node, where no backend ran";
    emit({ kind: "note", text });
    return notCompared;
  }
  const learning = data === undefined ? [] : await trainingCases(data.images, selection.training);
  const related = [...selection.related, ...learning];
  let families: readonly FamilyEntry[] = [];
  if (probes !== undefined && familiesOf(related).length > 0) {
    emit({ kind: "part", part: familyPart });
    families = await timeFamilies(opened, related, probes, limits.families, emit);
  }
  emit({ kind: "part", part: "comparison with other libraries" });
  const { threads } = options;
  const load = async (): Promise<LoadedPeers> => {
    try {
      await installPeers({ asked: true, progress: (text) => emit({ kind: "news", text }) });
    } catch (error) {
      return absentPeers(allPeers, messageOf(error));
    }
    return loadPeers(allPeers, threads === undefined ? {} : { threads });
  };
  const how = { seconds: limits.peers, load };
  const compared = [...learning.filter(({ peers }) => peers), ...selection.compared];
  const peers = await comparePeers(opened, compared, roofs, how, emit);
  return { peers, families };
}
