import { type Change, compareReports, isSlower } from "../compare.js";
import type { Timing } from "../measure.js";
import type { Report } from "../report.js";
import { DataTable } from "./data-table.js";
import { moment, time, times } from "./format.js";
import { RatioBar } from "./ratio-bar.js";

export interface ComparisonProps {
  readonly before: Report;
  readonly after: Report;
}

/** Two reports: what broke, what got slower or faster beyond noise, and every ratio of times. */
export function ComparisonView({ before, after }: ComparisonProps) {
  const { changes, compared, otherMachine } = compareReports(before, after);
  const pairs = timedPairs(before, after);
  const count = (verdict: Verdict): number =>
    pairs.filter((pair) => pair.verdict === verdict).length;
  return (
    <div class="comparison">
      <p>
        {moment(before.date)} against {moment(after.date)}: {compared} results are in both.{" "}
        {count("slower")} of {pairs.length} times got slower beyond noise, {count("faster")} faster.
      </p>
      {otherMachine ? (
        <p class="bad">
          ⚠ These reports are of two machines or engines: their times say little beside each other.
        </p>
      ) : null}
      <Broken changes={changes.filter(({ kind }) => kind === "broken")} />
      {pairs.length === 0 ? null : (
        <>
          <p class="quiet">
            Times now over times before, what changed most first. Bars: as far as half of the
            samples of both allow, from ¼ to 4 times.
          </p>
          <DataTable
            caption="Times now over times before"
            head={["case", "backend", "before", "now", "ratio", "from ¼ to 4 times", "verdict"]}
            figuresFrom={2}
            rows={pairs.map(({ label, backend, old, now, ratio, low, high, verdict }) => [
              label,
              backend,
              time(old.median),
              time(now.median),
              times(ratio),
              <RatioBar ratio={ratio} low={low} high={high} />,
              <VerdictText verdict={verdict} />,
            ])}
          />
        </>
      )}
    </div>
  );
}

function Broken({ changes }: { readonly changes: readonly Change[] }) {
  if (changes.length === 0) return <p class="good">✓ Nothing broke.</p>;
  return (
    <ul class="changes">
      {changes.map(({ backend, id, path, message }) => (
        <li>
          <span class="bad">✗ broken</span> {backend} {id}
          {path === undefined ? "" : ` (${path})`}: {message}
        </li>
      ))}
    </ul>
  );
}

type Verdict = "slower" | "faster" | "alike";

function VerdictText({ verdict }: { readonly verdict: Verdict }) {
  if (verdict === "alike") return <span class="quiet">within noise</span>;
  const isFaster = verdict === "faster";
  return (
    <span class={isFaster ? "good" : "bad"}>
      {isFaster ? "▼" : "▲"} {verdict}
    </span>
  );
}

interface TimedPair {
  readonly label: string;
  readonly backend: string;
  readonly old: Timing;
  readonly now: Timing;
  readonly ratio: number;
  /** Of the quartiles that lie nearest and furthest. */
  readonly low: number;
  readonly high: number;
  readonly verdict: Verdict;
}

/** What both have timed, that which changed most first. */
function timedPairs(before: Report, after: Report): readonly TimedPair[] {
  const known = new Map(timesOf(before).map((each) => [each.key, each.timing]));
  const pairs = timesOf(after).flatMap(({ key, label, backend, timing: now }) => {
    const old = known.get(key);
    if (old === undefined) return [];
    const verdict = isSlower(old, now) ? "slower" : isSlower(now, old) ? "faster" : "alike";
    const spread = { low: now.lower / old.upper, high: now.upper / old.lower };
    const ratio = now.median / old.median;
    return [{ label, backend, old, now, ratio, ...spread, verdict } as const];
  });
  const rank = ({ ratio, verdict }: TimedPair): number =>
    (verdict === "alike" ? 0 : 100) + Math.abs(Math.log2(ratio));
  return pairs.sort((x, y) => rank(y) - rank(x));
}

interface Timed {
  readonly key: string;
  readonly label: string;
  readonly backend: string;
  readonly timing: Timing;
}

function timesOf({ performance, partition }: Report): readonly Timed[] {
  const timed = (backend: string, id: string, label: string, timing: Timing | undefined) =>
    timing === undefined ? [] : [{ key: `${backend} ${id}`, label, backend, timing }];
  return [
    ...performance.flatMap(({ backend, id, label, dtype, timing }) =>
      timed(backend, id, `${label}, ${dtype}`, timing),
    ),
    ...partition.flatMap((entry) =>
      (["unblocked", "cut", "blocks"] as const).flatMap((path) => {
        const label = `n = ${entry.size}, blocks of ${entry.blockSize}, ${path}`;
        return timed(entry.backend, `${entry.id} ${path}`, label, entry[path].timing);
      }),
    ),
  ];
}
