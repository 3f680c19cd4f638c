import type { Timing } from "../measure.js";
import type { Report } from "../report.js";
import { Figure } from "./figure.js";
import { rateText, short, time } from "./format.js";
import { Plot, type Point, type Roof, type Series } from "./plot.js";
import { roofsOf } from "./roofs-of.js";
import { logScale } from "./scale.js";
import { looksOf } from "./series-looks.js";

type Parts = Pick<Report, "backends" | "performance" | "peers" | "roofs" | "pageRoofs">;
type FloatType = "f32" | "f64";

/** GFLOP/s of square products over their size, a line for each backend and library. */
export function ProductSpeed({ dtype, ...report }: Parts & { readonly dtype: FloatType }) {
  const products = productsOf(report, dtype);
  if (products.length === 0) return null;
  const looks = looksOf(report);
  const names = [...new Set(products.map(({ contender }) => contender))];
  const series = names.map(
    (name): Series => ({
      name,
      index: looks(name),
      points: products.filter(({ contender }) => contender === name).map(pointOf),
    }),
  );
  const sizes = products.map(({ n }) => n);
  const ends = [Math.min(...sizes), Math.max(...sizes)] as const;
  const roofs = roofsOf(report, dtype).map(
    ({ name, gflops }): Roof => ({ name, points: ends.map((n) => [n, gflops]) }),
  );
  const heights = products.flatMap((product) => Object.values(speeds(product)));
  const title = `Products of ${dtype} matrices`;
  return (
    <Figure
      title={title}
      description="Operations a second of A·B over its size n. Bars: half of all samples. Lines above: what a core could do at best."
      table={{
        head: ["contender", "n", "speed", "half of the samples", "time"],
        rows: products.map((product) => {
          const { low, middle, high } = speeds(product);
          return [
            product.contender,
            product.n,
            rateText({ value: middle, unit: "GFLOP/s" }),
            `${short(low)} … ${short(high)}`,
            time(product.timing.median),
          ];
        }),
      }}
    >
      <Plot
        title={title}
        x={{ name: "n", scale: logScale(sizes, 2), format: String }}
        y={{
          name: "GFLOP/s",
          scale: logScale([...heights, ...roofs.map(({ points }) => points[0]?.[1] ?? 0)]),
        }}
        series={series}
        roofs={roofs}
      />
    </Figure>
  );
}

interface Product {
  readonly contender: string;
  readonly n: number;
  readonly timing: Timing;
}

/** Below, the time is that of the call: no speed of arithmetic. */
const leastSize = 8;

/** By contender, then size. Of what was timed in turns with others, these times count. */
function productsOf({ performance, peers }: Parts, dtype: FloatType): readonly Product[] {
  const found = new Map<string, Product>();
  const keep = (id: string, contender: string, timing: Timing | undefined): void => {
    const n = squareOf(id, dtype);
    if (n !== undefined && n >= leastSize && timing !== undefined) {
      found.set(`${contender} ${n}`, { contender, n, timing });
    }
  };
  for (const { id, backend, timing } of performance) keep(id, backend, timing);
  for (const { id, contender, timing } of peers.results) keep(id, contender, timing);
  const order = [...new Set([...found.values()].map(({ contender }) => contender))];
  return [...found.values()].sort(
    (x, y) => order.indexOf(x.contender) - order.indexOf(y.contender) || x.n - y.n,
  );
}

/** The size in an id like `matmul/f32/512`. */
function squareOf(id: string, dtype: FloatType): number | undefined {
  const [, n] = /^matmul\/(?:f32|f64)\/(\d+)$/.exec(id) ?? [];
  return n !== undefined && id.startsWith(`matmul/${dtype}/`) ? Number(n) : undefined;
}

function speeds({ n, timing }: Product): Readonly<Record<"low" | "middle" | "high", number>> {
  const at = (seconds: number): number => (2 * n ** 3) / seconds / 1e9;
  return { low: at(timing.upper), middle: at(timing.median), high: at(timing.lower) };
}

function pointOf(product: Product): Point {
  const { low, middle, high } = speeds(product);
  const text = `n = ${product.n}, ${short(middle)} GFLOP/s, ${time(product.timing.median)}`;
  return { x: product.n, y: middle, low, high, text };
}
