import type { Timing } from "../measure.js";
import type { Report } from "../report.js";
import { Figure } from "./figure.js";
import { time } from "./format.js";
import { Plot, type Series } from "./plot.js";
import { logScale } from "./scale.js";
import { looksOf } from "./series-looks.js";

type Parts = Pick<Report, "backends" | "performance" | "peers">;

/** Fewer points than these make no curve. */
const fewest = 3;

/** The time of products with a block-sparse matrix over the share of its blocks, kind by kind. */
export function BlockSparse(report: Parts) {
  const cases = report.performance.flatMap(({ id, backend, label, timing }) =>
    timing === undefined ? [] : sparseCase(id, backend, label, timing),
  );
  const kinds = [...new Set(cases.map(({ kind }) => kind))].map((kind) =>
    cases.filter((each) => each.kind === kind),
  );
  return (
    <>
      {kinds.filter(hasCurve).map((own) => (
        <KindOfSparse report={report} cases={own} />
      ))}
    </>
  );
}

interface SparseCase {
  /** All but the density. */
  readonly kind: string;
  readonly title: string;
  readonly backend: string;
  readonly percent: number;
  readonly timing: Timing;
}

/** By an id like `block-sparse/f32/density-10` and a label like `10 % of 32×32 blocks, n = 512`. */
function sparseCase(
  id: string,
  backend: string,
  label: string,
  timing: Timing,
): readonly SparseCase[] {
  const [, kind, dtype, percent] = /^(block-sparse\/(\w+)\/.*)density-(\d+)$/.exec(id) ?? [];
  if (kind === undefined || dtype === undefined) return [];
  const title = `${label.replace(/^\d+ % of /, "")}, ${dtype}`;
  return [{ kind, title, backend, percent: Number(percent), timing }];
}

function hasCurve(cases: readonly SparseCase[]): boolean {
  return new Set(cases.map(({ percent }) => percent)).size >= fewest;
}

function KindOfSparse({
  report,
  cases,
}: {
  readonly report: Parts;
  readonly cases: readonly SparseCase[];
}) {
  const looks = looksOf(report);
  const series = [...new Set(cases.map(({ backend }) => backend))].map((name) => {
    const points = cases
      .filter(({ backend }) => backend === name)
      .map(({ percent, timing }) => ({
        x: percent,
        y: timing.median * 1e3,
        low: timing.lower * 1e3,
        high: timing.upper * 1e3,
        text: `${percent} % of the blocks, ${time(timing.median)}`,
      }));
    return { name, index: looks(name), points } satisfies Series;
  });
  const xScale = logScale(cases.map(({ percent }) => percent));
  const roofs = series.flatMap(({ points }) => {
    const dense = points.find(({ x }) => x === 100);
    if (dense === undefined) return [];
    const least = xScale.domain[0];
    return [
      { name: "", points: [[100, dense.y] as const, [least, (dense.y * least) / 100] as const] },
    ];
  });
  const heights = series.flatMap(({ points }) => points.flatMap(({ low, high }) => [low, high]));
  const title = `Block-sparse products: ${cases[0]?.title ?? ""}`;
  return (
    <Figure
      title={title}
      description="Time of a product with a matrix of which only a share of the blocks is present. Dashed: in proportion to the blocks."
      table={{
        head: ["backend", "of the blocks", "time", "half of the samples"],
        rows: cases.map(({ backend, percent, timing }) => [
          backend,
          `${percent} %`,
          time(timing.median),
          `${time(timing.lower)} … ${time(timing.upper)}`,
        ]),
      }}
    >
      <Plot
        title={title}
        x={{ name: "% of the blocks", scale: xScale }}
        y={{
          name: "ms",
          scale: logScale([...heights, ...roofs.map(({ points }) => points[1]?.[1] ?? 0)]),
        }}
        series={series}
        roofs={roofs}
      />
    </Figure>
  );
}
