import { renderToString } from "preact-render-to-string";
import { ComparisonView } from "./charts/comparison-view.js";
import { moment } from "./charts/format.js";
import { ReportView } from "./charts/report-view.js";
import { Section } from "./charts/section.js";
import type { Report } from "./report.js";

export interface HtmlOptions {
  /** The text of `charts/theme.css`. */
  readonly style: string;
  /** A report that this one is compared with. */
  readonly before?: Report | undefined;
}

/** Nothing is loaded and nothing runs, whatever a report says. */
const policy = "default-src 'none'; style-src 'unsafe-inline'; img-src data:";

/** A report as a page in one file: without scripts, and without anything from elsewhere. */
export function htmlOf(report: Report, { style, before }: HtmlOptions): string {
  const head = renderToString(
    <>
      <meta charset="utf-8" />
      <meta name="viewport" content="width=device-width, initial-scale=1" />
      <meta http-equiv="Content-Security-Policy" content={policy} />
      <title>{`Bench of ${moment(report.date)}`}</title>
    </>,
  );
  const body = renderToString(<Body report={report} before={before} />);
  return `<!doctype html>
<html lang="en">
<head>${head}
<style>
${style}</style>
</head>
<body>${body}</body>
</html>
`;
}

function Body({
  report,
  before,
}: {
  readonly report: Report;
  readonly before: Report | undefined;
}) {
  const { date, seconds, machine, options } = report;
  return (
    <main class="report">
      <h1>Bench</h1>
      <p class="quiet">
        {moment(date)}, {Math.round(seconds)} s{options.quick ? ", quick" : ""}
        {options.cases === undefined ? "" : `, cases ${options.cases}`}
        {options.sizes === undefined ? "" : `, sizes ${options.sizes.join(", ")}`}. {machine.cpu},{" "}
        {machine.runtime}
        {machine.browser === undefined ? "" : `, ${machine.browser}`}.
      </p>
      <ReportView report={report} />
      {before === undefined ? null : (
        <Section title="Compared with an older report">
          <ComparisonView before={before} after={report} />
        </Section>
      )}
    </main>
  );
}
