import type { PerformanceEntry, Report } from "../report.js";
import { Figure } from "./figure.js";
import { rateText, short, time } from "./format.js";
import { Plot, type Point, type Roof, type Series } from "./plot.js";
import { type NamedRoof, roofsOf } from "./roofs-of.js";
import { logScale } from "./scale.js";
import { looksOf } from "./series-looks.js";

type Parts = Pick<Report, "backends" | "peers" | "performance" | "roofs" | "pageRoofs">;

/**
 * Speed over operations per byte: to the left memory is the limit, to the right arithmetic
 * (Williams, Waterman & Patterson 2009).
 */
export function Roofline({ dtype, ...report }: Parts & { readonly dtype: "f32" | "f64" }) {
  const cases = report.performance.flatMap((entry) =>
    entry.dtype === dtype ? placedCase(entry) : [],
  );
  if (cases.length === 0) return null;
  const looks = looksOf(report);
  const series = [...new Set(cases.map(({ backend }) => backend))].map(
    (name): Series => ({
      name,
      index: looks(name),
      joined: false,
      points: cases.filter(({ backend }) => backend === name).map(pointOf),
    }),
  );
  const x = logScale(cases.map(({ intensity }) => intensity));
  const roofs = roofsOf(report, dtype).map((roof) => roofLine(roof, x.domain));
  const heights = [...cases.map(({ gflops }) => gflops), ...roofs.flatMap(heightsOf)];
  const title = `Roofline, ${dtype}`;
  return (
    <Figure
      title={title}
      description="Each point is a timed case: how many operations it has for each byte of its operands and result, and how many it does a second. Lines: what one can do at best, copying on the left, computing on the right. Small cases stay far below, for their time is that of a call; what fits into a cache may be faster than copying."
      table={{
        head: ["case", "backend", "operations per byte", "speed", "time"],
        figuresFrom: 2,
        rows: cases.map(({ label, backend, intensity, gflops, seconds }) => [
          label,
          backend,
          short(intensity),
          rateText({ value: gflops, unit: "GFLOP/s" }),
          time(seconds),
        ]),
      }}
    >
      <Plot
        title={title}
        x={{ name: "operations per byte", scale: x }}
        y={{ name: "GFLOP/s", scale: logScale(heights) }}
        series={series}
        roofs={roofs}
      />
    </Figure>
  );
}

interface PlacedCase {
  readonly label: string;
  readonly backend: string;
  readonly intensity: number;
  readonly gflops: number;
  readonly seconds: number;
}

function placedCase(entry: PerformanceEntry): readonly PlacedCase[] {
  const { label, backend, flops, bytes, timing, rate } = entry;
  // Without a rate, the time is that of a call.
  if (!flops || !bytes || timing === undefined || rate === undefined) return [];
  const seconds = timing.median;
  return [{ label, backend, intensity: flops / bytes, gflops: flops / seconds / 1e9, seconds }];
}

function pointOf({ label, intensity, gflops }: PlacedCase): Point {
  const text = `${label}, ${short(intensity)} operations per byte, ${short(gflops)} GFLOP/s`;
  return { x: intensity, y: gflops, text };
}

/** Up as fast as memory is, then level. */
function roofLine(
  { name, gflops, copyGBps }: NamedRoof,
  [left, right]: readonly [number, number],
): Roof {
  const ridge = gflops / copyGBps;
  const at = (intensity: number): readonly [number, number] => [
    intensity,
    Math.min(gflops, intensity * copyGBps),
  ];
  const bend = ridge > left && ridge < right ? [at(ridge)] : [];
  return { name, labelled: "end", points: [at(left), ...bend, at(right)] };
}

function heightsOf({ points }: Roof): readonly number[] {
  return points.map(([, height]) => height);
}
