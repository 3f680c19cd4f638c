import { ComparisonView } from "../../charts/comparison-view.js";
import { ReportView } from "../../charts/report-view.js";
import { Section } from "../../charts/section.js";
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
          <Section title={`Compared with ${before.title}`}>
            <ComparisonView before={before.report} after={shown.report} />
          </Section>
        )}
        <ReportView report={shown.report} />
      </div>
    </Guarded>
  );
}
