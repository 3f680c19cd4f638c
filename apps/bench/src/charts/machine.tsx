import type { Report } from "../report.js";
import type { Roofs } from "../roof.js";
import { DataTable } from "./data-table.js";
import { short } from "./format.js";

/** Where a report was made, and what this machine can do at best. */
export function Machine(report: Pick<Report, "machine" | "roofs" | "pageRoofs">) {
  const { machine, roofs, pageRoofs } = report;
  const facts = [
    ["processor", `${machine.cpu}, ${machine.cores} cores`],
    [
      "memory",
      machine.memoryBytes > 0 ? `${(machine.memoryBytes / 2 ** 30).toFixed(0)} GiB` : "not told",
    ],
    ["system", machine.platform],
    ["runs in", machine.runtime],
    ...(machine.browser === undefined ? [] : [["page in", machine.browser]]),
  ];
  const measured = [
    ["here", roofs] as const,
    ...(pageRoofs === undefined ? [] : [["in the page", pageRoofs] as const]),
  ];
  return (
    <div class="pictures">
      <dl>
        {facts.map(([name, value]) => (
          <div>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      <DataTable
        caption="At best, one core, measured"
        showCaption
        head={["limit", ...measured.map(([where]) => where)]}
        rows={roofRows.flatMap(([name, of]) => {
          const values = measured.map(([, each]) => of(each));
          return values.every((value) => value === undefined)
            ? []
            : [[name, ...values.map((value) => (value === undefined ? "" : short(value)))]];
        })}
      />
    </div>
  );
}

const roofRows: readonly (readonly [string, (roofs: Roofs) => number | undefined])[] = [
  ["multiply-adds in JavaScript, GFLOP/s", ({ scalarGflops }) => scalarGflops],
  ["vectors of 128 bits, f32, GFLOP/s", ({ simd }) => simd?.f32.separate],
  ["the same, fused", ({ simd }) => simd?.f32.fused],
  ["vectors of 128 bits, f64, GFLOP/s", ({ simd }) => simd?.f64.separate],
  ["the same, fused", ({ simd }) => simd?.f64.fused],
  ["copying by JavaScript, GB/s", ({ copyGBps }) => copyGBps],
  ["copying by vectors, GB/s", ({ simd }) => simd?.copyGBps],
  ["reading by vectors, GB/s", ({ simd }) => simd?.readGBps],
];
