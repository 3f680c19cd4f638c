import { summarizeReport, verdictOf } from "../print-summary.js";
import type { Report } from "../report.js";
import { BackendsTable } from "./backends-table.js";
import { BlockSparse } from "./block-sparse.js";
import { Compression } from "./compression.js";
import { ConformanceMatrix } from "./conformance-matrix.js";
import { GoalsTable } from "./goals-table.js";
import { Machine } from "./machine.js";
import { Notes } from "./notes.js";
import { PartitionMap, PartitionMemory } from "./partition-map.js";
import { PeersTable } from "./peers-table.js";
import { PerformanceTable } from "./performance-table.js";
import { ProductSpeed } from "./product-speed.js";
import { Ridge } from "./ridge.js";
import { Roofline } from "./roofline.js";
import { Section } from "./section.js";
import { TileMap } from "./tile-map.js";
import { Training } from "./training.js";

/** All of a report, to look at. */
export function ReportView({ report }: { readonly report: Report }) {
  const { conformance, performance, partition, workload, peers, goals, notes } = report;
  const verdict = verdictOf(report);
  return (
    <>
      <Section title="In plain words">
        <p class={verdict.isGood ? "good" : "bad"}>
          {verdict.isGood ? "✓" : "✗"} {verdict.text}
        </p>
        <ul class="notes">
          {summarizeReport(report).map((line) => (
            <li>{line}</li>
          ))}
        </ul>
      </Section>
      <Section title="Backends">
        <BackendsTable {...report} />
      </Section>
      <Section title="Conformance" shown={conformance.length > 0}>
        <ConformanceMatrix conformance={conformance} />
      </Section>
      <Section title="Speed" shown={performance.length > 0}>
        <div class="pictures">
          <ProductSpeed {...report} dtype="f32" />
          <ProductSpeed {...report} dtype="f64" />
          <Roofline {...report} dtype="f32" />
          <Roofline {...report} dtype="f64" />
          <BlockSparse {...report} />
          <TileMap {...report} />
        </div>
        <PerformanceTable performance={performance} />
      </Section>
      <Section title="What cutting costs" shown={partition.length > 0}>
        <div class="pictures wide">
          <PartitionMap partition={partition} />
          <PartitionMemory partition={partition} />
        </div>
      </Section>
      <Section title="Real work" shown={workload.length > 0}>
        <div class="pictures">
          <Training {...report} />
          <Ridge {...report} />
          <Compression workload={workload} />
        </div>
      </Section>
      <Section title="Beside other libraries" shown={peers.libraries.length > 0}>
        <PeersTable peers={peers} />
      </Section>
      <Section title="Goals" shown={goals.some(({ items }) => items.length > 0)}>
        <GoalsTable goals={goals} />
      </Section>
      <Section title="Machine">
        <Machine {...report} />
      </Section>
      <Section title="Notes" shown={notes.length > 0}>
        <Notes notes={notes} />
      </Section>
    </>
  );
}
