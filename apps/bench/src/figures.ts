import type { FamilyEntry } from "./families.js";
import type { GoalItem } from "./goals.js";
import type { PeerResult, Report } from "./report.js";
import { benchCases } from "./workloads/index.js";

/** The parts of a report that hold figures. */
export type MeasuredReport = Pick<Report, "backends" | "roofs" | "peers" | "families">;

/** A family's entry, or a comparison's, that has a time. */
type Timed<Entry> = Entry & { readonly timing: NonNullable<PeerResult["timing"]> };

/**
 * Looks up and compares what was measured of one backend; what was not gives no items. Of each time
 * the fastest sample counts: what else a machine does only slows down, and long calls more often.
 */
export class Figures {
  /** Whether the engine has multiply-adds in one instruction. */
  readonly fused: boolean;
  readonly #report: MeasuredReport;
  readonly #backend: string;
  readonly #labels: ReadonlyMap<string, string> = new Map(
    benchCases().map(({ id, label }) => [id, label]),
  );

  constructor(report: MeasuredReport, backend: string) {
    this.#report = report;
    this.#backend = backend;
    this.fused = report.roofs.simd?.f32.fused !== undefined;
  }

  /**
   * The fastest other library, or the named one, over ours. Each library is compared with ours on
   * as many threads, or else with the backend that this is about.
   */
  besidePeers(ids: readonly string[], only?: string): readonly GoalItem[] {
    const { results } = this.#report.peers;
    return ids.flatMap((id) => {
      const timed = results.filter(isTimed).filter((result) => result.id === id);
      const own = timed.filter(({ isPeer }) => !isPeer);
      const ours = own.find(({ contender }) => contender === this.#backend);
      if (ours === undefined) return [];
      const items = timed
        .filter(({ isPeer, contender }) => isPeer && (only ?? contender) === contender)
        .map((peer) => {
          const alike = own.find(
            ({ contender, threads }) =>
              threads === peer.threads && contender.startsWith(`${this.#backend} (`),
          );
          const mine = peer.threads === ours.threads ? ours : (alike ?? ours);
          return item(ours.label, mine, peer.contender, peer, (of) => of(peer) / of(mine));
        });
      return items.sort((x, y) => x.value - y.value).slice(0, 1);
    });
  }

  /** Of the probe that was timed in the same turns. */
  shareOfRoof(family: string, id: string): readonly GoalItem[] {
    const entry = this.#find(family, id);
    if (entry?.rate === undefined) return [];
    const { value, unit, shareOfRoof } = entry.rate;
    const roof = `${(value / shareOfRoof).toPrecision(3)} ${unit}`;
    const probe = this.#probeOf(entry);
    const slower =
      probe && fastestOf(entry) / medianOf(entry) / (fastestOf(probe) / medianOf(probe));
    return [
      {
        label: `${this.#labelOf(id)}: ${value.toPrecision(3)} ${unit}`,
        ...{ value: shareOfRoof, ours: entry.timing.fastest, other: roof },
        ...(slower !== undefined && { ofMedians: shareOfRoof * slower }),
      },
    ];
  }

  /** The time of one of `count` that `id` computes, over the time of `base`. */
  timeOver(family: string, id: string, base: string, count = 1): readonly GoalItem[] {
    const [ours, other] = [this.#find(family, id), this.#find(family, base)];
    if (ours === undefined || other === undefined) return [];
    const value: Comparison = (of) => of(ours) / of(other) / count;
    return [item(this.#labelOf(id), ours, this.#labelOf(base), other, value)];
  }

  speedOver(family: string, id: string, base: string): readonly GoalItem[] {
    const [ours, other] = [this.#find(family, id), this.#find(family, base)];
    if (ours === undefined || other === undefined) return [];
    const label = `${this.#labelOf(id)}, f64`;
    return [item(label, ours, "f32", other, (of) => of(other) / of(ours))];
  }

  /** Operations a second over those of another case: of different work. */
  rateOver(family: string, id: string, base: string): readonly GoalItem[] {
    const [ours, other] = [this.#find(family, id), this.#find(family, base)];
    if (ours?.rate === undefined || other?.rate === undefined) return [];
    const work = ({ rate, timing }: Timed<FamilyEntry>): number =>
      (rate?.value ?? 0) * timing.fastest;
    const value: Comparison = (of) => work(ours) / of(ours) / (work(other) / of(other));
    return [item(this.#labelOf(id), ours, this.#labelOf(base), other, value)];
  }

  /** Every contender with more threads, over this one. */
  threadsOver(family: string, id: string): readonly GoalItem[] {
    const one = this.#find(family, id);
    if (one === undefined) return [];
    return this.#report.families
      .filter(isTimed)
      .filter((entry) => entry.family === family && entry.id === id)
      .filter(({ threads }) => threads > one.threads)
      .map((more) => {
        const label = `${this.#labelOf(id)}, ${more.threads} threads`;
        return item(label, more, `${one.threads} thread`, one, (of) => of(one) / of(more));
      });
  }

  /** The time of a block-sparse product over what its density allows it. */
  sparseOver(family: string, id: string, dense: string): readonly GoalItem[] {
    const [ours, other] = [this.#find(family, id), this.#find(family, dense)];
    const call = this.#find("calls", "call/f32/multiply/1");
    const [sparseCase, denseCase] = [id, dense].map((wanted) =>
      benchCases().find((benchCase) => benchCase.id === wanted),
    );
    if (!ours || !other || !sparseCase || !denseCase) return [];
    const density = sparseCase.flops / denseCase.flops;
    const allowed: Comparison = (of) => (density * of(other)) / 0.85 + (call ? of(call) : 0);
    return [
      {
        label: sparseCase.label,
        ...compared((of) => of(ours) / allowed(of)),
        ...{ ours: fastestOf(ours), other: "allowed", theirs: allowed(fastestOf) },
      },
    ];
  }

  time(family: string, id: string): readonly GoalItem[] {
    const entry = this.#find(family, id);
    if (entry === undefined) return [];
    return [{ label: this.#labelOf(id), ...compared((of) => of(entry)), ours: fastestOf(entry) }];
  }

  openTime(): readonly GoalItem[] {
    const { openSeconds } = this.#report.backends.find(({ name }) => name === this.#backend) ?? {};
    return openSeconds === undefined ? [] : [{ label: "until it is ready", value: openSeconds }];
  }

  #find(family: string, id: string): Timed<FamilyEntry> | undefined {
    return this.#report.families
      .filter(isTimed)
      .find((e) => e.family === family && e.id === id && e.contender === this.#backend);
  }

  /** The probe of the same turns that is the roof of a case. */
  #probeOf({ family, id, rate }: Timed<FamilyEntry>): Timed<FamilyEntry> | undefined {
    const dtype = benchCases().find((benchCase) => benchCase.id === id)?.dtype;
    const probe = rate?.unit === "GB/s" ? "probe/copy" : `probe/${dtype}`;
    return this.#report.families
      .filter(isTimed)
      .find((entry) => entry.family === family && entry.id === probe);
  }

  #labelOf(id: string): string {
    return this.#labels.get(id) ?? id;
  }
}

function isTimed<Entry extends Pick<PeerResult, "timing">>(entry: Entry): entry is Timed<Entry> {
  return entry.timing !== undefined;
}

type Time = Timed<Pick<PeerResult, "timing">>;

/** A figure from times, each of which `of` gives in seconds. */
type Comparison = (of: (time: Time) => number) => number;

const fastestOf = ({ timing }: Time): number => timing.fastest;
const medianOf = ({ timing }: Time): number => timing.median;

function compared(comparison: Comparison): Pick<GoalItem, "value" | "ofMedians"> {
  return { value: comparison(fastestOf), ofMedians: comparison(medianOf) };
}

function item(
  label: string,
  ours: Time,
  other: string,
  theirs: Time,
  comparison: Comparison,
): GoalItem {
  const times = { ours: fastestOf(ours), other, theirs: fastestOf(theirs) };
  return { label, ...compared(comparison), ...times };
}
