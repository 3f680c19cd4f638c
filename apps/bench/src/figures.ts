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
          return item(ours.label, mine, peer.contender, peer, ratio(peer, mine));
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
    return [
      {
        label: `${this.#labelOf(id)}: ${value.toPrecision(3)} ${unit}`,
        ...{ value: shareOfRoof, ours: entry.timing.fastest, other: roof },
      },
    ];
  }

  /** The time of one of `count` that `id` computes, over the time of `base`. */
  timeOver(family: string, id: string, base: string, count = 1): readonly GoalItem[] {
    const [ours, other] = [this.#find(family, id), this.#find(family, base)];
    if (ours === undefined || other === undefined) return [];
    const value = ratio(ours, other) / count;
    return [item(this.#labelOf(id), ours, this.#labelOf(base), other, value)];
  }

  speedOver(family: string, id: string, base: string): readonly GoalItem[] {
    const [ours, other] = [this.#find(family, id), this.#find(family, base)];
    if (ours === undefined || other === undefined) return [];
    const label = `${this.#labelOf(id)}, f64`;
    return [item(label, ours, "f32", other, ratio(other, ours))];
  }

  /** Operations a second over those of another case: of different work. */
  rateOver(family: string, id: string, base: string): readonly GoalItem[] {
    const [ours, other] = [this.#find(family, id), this.#find(family, base)];
    if (ours?.rate === undefined || other?.rate === undefined) return [];
    const value = ours.rate.value / other.rate.value;
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
        return item(label, more, `${one.threads} thread`, one, ratio(one, more));
      });
  }

  /** The time of a block-sparse product over what its density allows it. */
  sparseOver(family: string, id: string, dense: string): readonly GoalItem[] {
    const [ours, other] = [this.#find(family, id), this.#find(family, dense)];
    const call = this.#find("calls", "call/f32/multiply/1")?.timing.fastest ?? 0;
    const [sparseCase, denseCase] = [id, dense].map((wanted) =>
      benchCases().find((benchCase) => benchCase.id === wanted),
    );
    if (!ours || !other || !sparseCase || !denseCase) return [];
    const density = sparseCase.flops / denseCase.flops;
    const allowed = (density * other.timing.fastest) / 0.85 + call;
    const value = ours.timing.fastest / allowed;
    return [
      {
        label: sparseCase.label,
        value,
        ours: ours.timing.fastest,
        other: "allowed",
        theirs: allowed,
      },
    ];
  }

  time(family: string, id: string): readonly GoalItem[] {
    const entry = this.#find(family, id);
    if (entry === undefined) return [];
    const { fastest } = entry.timing;
    return [{ label: this.#labelOf(id), value: fastest, ours: fastest }];
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

  #labelOf(id: string): string {
    return this.#labels.get(id) ?? id;
  }
}

function isTimed<Entry extends Pick<PeerResult, "timing">>(entry: Entry): entry is Timed<Entry> {
  return entry.timing !== undefined;
}

type Time = Timed<Pick<PeerResult, "timing">>;

function ratio(x: Time, y: Time): number {
  return x.timing.fastest / y.timing.fastest;
}

function item(label: string, ours: Time, other: string, theirs: Time, value: number): GoalItem {
  return { label, value, ours: ours.timing.fastest, other, theirs: theirs.timing.fastest };
}
