import type { Report } from "../../report.js";
import type { RunState } from "../state/run.js";

/** What is known of each backend so far, in figures. */
export function RunTally({ run }: { readonly run: RunState }) {
  const report = run.report.value;
  const backends = report?.backends.filter(({ ran }) => ran) ?? [];
  if (report === undefined || backends.length === 0) return null;
  return (
    <section aria-label="Results so far" class="scroll">
      <table>
        <thead>
          <tr>
            <th scope="col">backend</th>
            <th scope="col">contract</th>
            <th scope="col">timed</th>
            <th scope="col">workloads</th>
          </tr>
        </thead>
        <tbody>
          {backends.map(({ name }) => (
            <tr key={name}>
              <th scope="row">{name}</th>
              {tallyOf(report, name).map((cell) => (
                <td>
                  <Cell {...cell} />
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

interface Tally {
  readonly right: number;
  readonly wrong: number;
}

function tallyOf(report: Report, name: string): readonly Tally[] {
  const tally = (
    entries: readonly { readonly backend: string; readonly status: string }[],
    good: string,
  ): Tally => {
    const own = entries.filter(({ backend }) => backend === name);
    const count = (...kinds: readonly string[]): number =>
      own.filter(({ status }) => kinds.includes(status)).length;
    return { right: count(good), wrong: count("failed", "wrong") };
  };
  return [
    tally(report.conformance, "passed"),
    tally(report.performance, "measured"),
    tally(report.workload, "measured"),
  ];
}

function Cell({ right, wrong }: Tally) {
  if (right + wrong === 0) return <span class="quiet">–</span>;
  return (
    <>
      {right > 0 ? <span class="good">✓ {right} right</span> : null}{" "}
      {wrong > 0 ? <span class="bad">✗ {wrong} wrong</span> : null}
    </>
  );
}
