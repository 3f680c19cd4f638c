import { ReportView } from "../../charts/report-view.js";
import { compareReports } from "../../compare.js";
import type { ShelvedReport } from "../state/reports.js";
import { Guarded } from "./guarded.js";

interface Props {
  readonly shown: ShelvedReport | undefined;
  readonly before: ShelvedReport | undefined;
}

/** A report in words and pictures, and before these how it differs from another. */
export function ShownReport({ shown, before }: Props) {
  if (shown === undefined) return null;
  return (
    <Guarded key={`${shown.id} ${before?.id}`} what={`"${shown.title}"`}>
      <div class="report">
        {before === undefined || before === shown ? null : (
          <Difference before={before} after={shown} />
        )}
        <ReportView report={shown.report} />
      </div>
    </Guarded>
  );
}

function Difference({
  before,
  after,
}: {
  readonly before: ShelvedReport;
  readonly after: ShelvedReport;
}) {
  const { changes, faster, compared, otherMachine } = compareReports(before.report, after.report);
  return (
    <section>
      <h2>Compared with {before.title}</h2>
      {otherMachine ? (
        <p>That report is of another machine or engine: its times say little here.</p>
      ) : null}
      <p>
        {compared} results are in both; {changes.length} got worse, {faster.length} faster.
      </p>
      <ul>
        {changes.map(({ kind, backend, id, path, message }) => (
          <li>
            <span class="bad">{kind}</span> {backend} {id}
            {path === undefined ? "" : ` (${path})`}: {message}
          </li>
        ))}
        {faster.map((text) => (
          <li>
            <span class="good">faster</span> {text}
          </li>
        ))}
      </ul>
    </section>
  );
}
