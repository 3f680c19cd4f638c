import { short } from "./format.js";
import { Legend, type LegendEntry } from "./legend.js";
import { Marker, seriesClass } from "./marker.js";
import type { Scale } from "./scale.js";

export interface Point {
  readonly x: number;
  readonly y: number;
  /** Between these, half of all samples lie. */
  readonly low?: number;
  readonly high?: number;
  /** Shown where a pointer rests on it. */
  readonly text: string;
}

export interface Series extends LegendEntry {
  readonly points: readonly Point[];
  /** Whether lines join the points. Default: true. */
  readonly joined?: boolean;
  /** Whether the points themselves are marked. Default: true. */
  readonly marked?: boolean;
}

/** What cannot be exceeded, or what is expected: a dashed line through these points. */
export interface Roof {
  readonly name: string;
  /** At which end its name stands. Default: `start`. */
  readonly labelled?: "start" | "end";
  readonly points: readonly (readonly [x: number, y: number])[];
}

export interface Axis {
  /** With the unit. */
  readonly name: string;
  readonly scale: Scale;
  readonly format?: (value: number) => string;
}

export interface PlotProps {
  /** What the picture shows, for those who do not see it. */
  readonly title: string;
  readonly x: Axis;
  readonly y: Axis;
  readonly series: readonly Series[];
  readonly roofs?: readonly Roof[];
}

/**
 * Points and lines over two axes. All places are percentages, so that the picture takes the width
 * that there is while its letters keep their size.
 */
export function Plot({ title, x, y, series, roofs = [] }: PlotProps) {
  const left = (value: number): string => place(x.scale.at(value));
  const top = (value: number): string => place(1 - y.scale.at(value));
  return (
    <div class="plot">
      {series.length > 1 ? <Legend entries={series} /> : null}
      <div class="axis-name">{y.name}</div>
      <svg role="img">
        <title>{title}</title>
        <desc>{inWords({ x, y, series })}</desc>
        <g class="grid">
          {y.scale.ticks.map((tick) => (
            <>
              <line x1="0" x2="100%" y1={top(tick)} y2={top(tick)} />
              <text class="y-tick" x="-8" y={top(tick)} dy="0.32em">
                {(y.format ?? short)(tick)}
              </text>
            </>
          ))}
          {x.scale.ticks.map((tick) => (
            <>
              <line class="x-line" x1={left(tick)} x2={left(tick)} y1="0" y2="100%" />
              <text class="x-tick" x={left(tick)} y="100%" dy="1.6em">
                {(x.format ?? short)(tick)}
              </text>
            </>
          ))}
        </g>
        {roofs.map(({ points }) => (
          <g class="roof">
            <Lines points={points.map(([px, py]) => [left(px), top(py)])} />
          </g>
        ))}
        {roofs.map(({ name, labelled = "start", points }) => {
          const [px, py] = points.at(labelled === "start" ? 0 : -1) as readonly [number, number];
          const dx = labelled === "start" ? 4 : -4;
          return (
            <text class={`roof-name ${labelled}`} x={left(px)} y={top(py)} dx={dx} dy="-0.5em">
              {name}
            </text>
          );
        })}
        {series.map(({ name, index, points, joined = true, marked = true }) => (
          <g
            class={`series ${seriesClass(index)}`}
            stroke-width={marked ? 2 : thickness(series, index)}
          >
            {joined ? (
              <Lines points={points.map((point) => [left(point.x), top(point.y)])} />
            ) : null}
            {points.map(({ low, high, ...point }) => (
              <g>
                {low === undefined || high === undefined ? null : (
                  <line
                    class="spread"
                    x1={left(point.x)}
                    x2={left(point.x)}
                    y1={top(low)}
                    y2={top(high)}
                  />
                )}
                {marked ? (
                  <svg x={left(point.x)} y={top(point.y)} overflow="visible">
                    <title>{`${name}: ${point.text}`}</title>
                    <Marker index={index} />
                  </svg>
                ) : null}
              </g>
            ))}
          </g>
        ))}
      </svg>
      <div class="axis-name x-name">{x.name}</div>
    </div>
  );
}

/** Where each series begins and ends, for those who do not see it. */
function inWords({ x, y, series }: Pick<PlotProps, "x" | "y" | "series">): string {
  const ends = series.map(({ name, points }) => {
    const [first, last] = [points[0], points.at(-1)];
    if (first === undefined || last === undefined) return `${name}: no points`;
    const at = (point: Point): string => `${short(point.y)} at ${short(point.x)}`;
    if (points.length === 1) return `${name}: ${at(first)}`;
    return `${name}: ${points.length} points, from ${at(first)} to ${at(last)}`;
  });
  return `${y.name} over ${x.name}. ${ends.join("; ")}.`;
}

/** Curves that lie on each other are seen, the first as the edge of the others. */
function thickness(series: readonly Series[], index: number): number {
  const behind = series.filter((other) => other.index > index).length;
  return 2 + 4 * behind;
}

type Place = readonly [x: string, y: string];

/** A line through places. A polyline knows no percentages. */
function Lines({ points }: { readonly points: readonly Place[] }) {
  return (
    <>
      {points.slice(1).map(([x2, y2], i) => {
        const [x1, y1] = points[i] as Place;
        return <line x1={x1} y1={y1} x2={x2} y2={y2} />;
      })}
    </>
  );
}

function place(share: number): string {
  return `${Number((100 * share).toFixed(2))}%`;
}
