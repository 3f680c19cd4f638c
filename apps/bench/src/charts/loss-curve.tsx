import type { LossPoint } from "../workloads/judge.js";
import { short } from "./format.js";
import { Plot } from "./plot.js";
import { linearScale } from "./scale.js";

export interface Curve {
  readonly name: string;
  /** How it looks among others. */
  readonly index: number;
  readonly losses: readonly LossPoint[];
}

/** How the loss of networks fell with the images that they saw; nothing before there is a line. */
export function LossCurve({
  title,
  curves,
}: {
  readonly title: string;
  readonly curves: readonly Curve[];
}) {
  const lines = curves.filter(({ losses }) => losses.length > 1);
  const points = lines.flatMap(({ losses }) => losses);
  if (points.length === 0) return null;
  return (
    <Plot
      title={title}
      x={{ name: "images seen", scale: linearScale(points.map(({ images }) => images)) }}
      y={{ name: "cross-entropy", scale: linearScale(points.map(({ loss }) => loss)) }}
      series={lines.map(({ name, index, losses }) => ({
        ...{ name, index, marked: false },
        points: losses.map(({ images, loss }) => ({ x: images, y: loss, text: short(loss) })),
      }))}
    />
  );
}
