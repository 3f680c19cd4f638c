import type { Report } from "../report.js";
import { ConformanceMatrix } from "./conformance-matrix.js";
import { ProductSpeed } from "./product-speed.js";
import { Section } from "./section.js";

/** All of a report, to look at. */
export function ReportView({ report }: { readonly report: Report }) {
  const { conformance, performance } = report;
  return (
    <>
      <Section title="Conformance" shown={conformance.length > 0}>
        <ConformanceMatrix conformance={conformance} />
      </Section>
      <Section title="Speed" shown={performance.length > 0}>
        <div class="pictures">
          <ProductSpeed {...report} dtype="f32" />
          <ProductSpeed {...report} dtype="f64" />
        </div>
      </Section>
    </>
  );
}
