import { type Axis, type Cuts, raster, size } from "./block-product.js";
import { gap, scale, second, whole } from "./geometry.js";

interface Props {
  readonly axis: Axis;
  readonly cuts: Cuts;
  readonly onMove: (index: number, to: number) => void;
}

/** A line, by its beginning and end, that shows a cut of some axis. */
interface Line {
  readonly isVertical: boolean;
  /** Along which it is moved, of the matrix's own corner. */
  readonly origin: number;
  readonly from: number;
  readonly to: number;
  /** Where its handle is. */
  readonly handle: number;
}

const lines: Readonly<Record<Axis, readonly Line[]>> = {
  m: [{ isVertical: false, origin: second, from: 0, to: whole, handle: -8 }],
  n: [{ isVertical: true, origin: second, from: 0, to: whole, handle: -8 }],
  // Columns of A and rows of B are one and the same cut.
  k: [
    { isVertical: true, origin: 0, from: second, to: whole, handle: second - gap / 2 },
    { isVertical: false, origin: 0, from: second, to: whole, handle: second - gap / 2 },
  ],
};

const names: Readonly<Record<Axis, string>> = {
  m: "rows of A and of the result",
  k: "columns of A and rows of B",
  n: "columns of B and of the result",
};

/** The cuts of one dimension, to be moved by dragging or by arrow keys. */
export function CutLines({ axis, cuts, onMove }: Props) {
  return (
    <g class="cuts">
      {cuts.flatMap((cut, index) =>
        lines[axis].map((line, i) => (
          <Cut
            line={line}
            cut={cut}
            label={`Cut ${index + 1} of the ${names[axis]}`}
            isFirst={i === 0}
            onMove={(to) => onMove(index, to)}
          />
        )),
      )}
    </g>
  );
}

interface CutProps {
  readonly line: Line;
  readonly cut: number;
  readonly label: string;
  /** Of several lines of one cut, only the first is reached by the keyboard and read out. */
  readonly isFirst: boolean;
  readonly onMove: (to: number) => void;
}

const keys: Readonly<Record<string, number>> = {
  ArrowLeft: -1,
  ArrowUp: -1,
  ArrowRight: 1,
  ArrowDown: 1,
  PageUp: -4,
  PageDown: 4,
};

function Cut({ line, cut, label, isFirst, onMove }: CutProps) {
  const { isVertical, origin, from, to, handle } = line;
  const at = origin + cut * scale;
  const ends = isVertical
    ? { x1: at, x2: at, y1: from, y2: to }
    : { y1: at, y2: at, x1: from, x2: to };
  const centre = isVertical ? { cx: at, cy: handle } : { cx: handle, cy: at };
  const follow = (event: PointerEvent): void => {
    const target = event.currentTarget as SVGGElement;
    const inverse = target.getScreenCTM()?.inverse();
    if (inverse === undefined || !target.hasPointerCapture(event.pointerId)) return;
    const { x, y } = new DOMPoint(event.clientX, event.clientY).matrixTransform(inverse);
    onMove(((isVertical ? x : y) - origin) / scale);
  };
  const described = isFirst
    ? {
        ...{ role: "slider" as const, tabindex: 0, "aria-label": label },
        ...{ "aria-valuemin": raster, "aria-valuemax": size - raster, "aria-valuenow": cut },
        "aria-orientation": isVertical ? ("horizontal" as const) : ("vertical" as const),
      }
    : { "aria-hidden": true };
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: its role is among what describes it
    <g
      class={isVertical ? "cut vertical" : "cut"}
      {...described}
      onPointerDown={(event) => {
        event.currentTarget.setPointerCapture(event.pointerId);
      }}
      onPointerMove={follow}
      onKeyDown={(event) => {
        const step = keys[event.key];
        if (step === undefined) return;
        event.preventDefault();
        onMove(cut + step * raster);
      }}
    >
      <line class="grip" {...ends} />
      <line {...ends} />
      <circle {...centre} r={6} />
    </g>
  );
}
