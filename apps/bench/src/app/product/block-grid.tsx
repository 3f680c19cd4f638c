import { useSignal } from "@preact/signals";
import { useRef } from "preact/hooks";
import { type Cuts, lengthsOf, size } from "./block-product.js";
import { scale } from "./geometry.js";

interface Props {
  readonly name: string;
  /** Of its corner, in the picture. */
  readonly x: number;
  readonly y: number;
  readonly rows: Cuts;
  readonly cols: Cuts;
  readonly look: (row: number, col: number) => string;
  readonly isPressed: (row: number, col: number) => boolean;
  readonly describe: (row: number, col: number) => string;
  readonly onPress: (row: number, col: number) => void;
  /** With nothing where the pointer has gone. */
  readonly onPoint?: (place: readonly [row: number, col: number] | undefined) => void;
}

const steps: Readonly<Record<string, readonly [number, number]>> = {
  ArrowUp: [-1, 0],
  ArrowDown: [1, 0],
  ArrowLeft: [0, -1],
  ArrowRight: [0, 1],
};

/** The blocks of a matrix, each a button; arrow keys go from one to the next. */
export function BlockGrid(props: Props) {
  const { name, x, y, rows, cols, look, isPressed, describe, onPress, onPoint } = props;
  const group = useRef<SVGGElement>(null);
  const current = useSignal<readonly [number, number]>([0, 0]);
  const [tops, lefts] = [
    [0, ...rows],
    [0, ...cols],
  ];
  const [heights, widths] = [lengthsOf(rows), lengthsOf(cols)];
  // A block that had the focus may be gone with its cut.
  const [focusRow, focusCol] = [
    Math.min(current.value[0], rows.length),
    Math.min(current.value[1], cols.length),
  ];
  const onKeyDown = (event: KeyboardEvent, row: number, col: number): void => {
    if (event.key === "Enter" || event.key === " ") {
      event.preventDefault();
      onPress(row, col);
    }
    const [down, right] = steps[event.key] ?? [];
    if (down === undefined || right === undefined) return;
    event.preventDefault();
    const place = `[data-place="${row + down} ${col + right}"]`;
    group.current?.querySelector<SVGElement>(place)?.focus();
  };
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset cannot be inside of a picture
    // biome-ignore lint/a11y/noInteractiveElementToNoninteractiveRole: a group of a picture does nothing by itself
    <g ref={group} role="group" aria-label={`Blocks of ${name}`}>
      {tops.map((top, row) =>
        lefts.map((left, col) => (
          // biome-ignore lint/a11y/useSemanticElements: a button cannot be inside of a picture
          <rect
            role="button"
            class={`block ${look(row, col)}`}
            data-place={`${row} ${col}`}
            tabindex={row === focusRow && col === focusCol ? 0 : -1}
            aria-pressed={isPressed(row, col)}
            aria-label={describe(row, col)}
            x={x + left * scale}
            y={y + top * scale}
            width={(widths[col] as number) * scale}
            height={(heights[row] as number) * scale}
            onClick={() => onPress(row, col)}
            onKeyDown={(event) => onKeyDown(event, row, col)}
            onFocus={() => {
              current.value = [row, col];
              onPoint?.([row, col]);
            }}
            onBlur={() => onPoint?.(undefined)}
            onPointerEnter={() => onPoint?.([row, col])}
            onPointerLeave={() => onPoint?.(undefined)}
          />
        )),
      )}
      <text class="matrix-name" x={x + (size * scale) / 2} y={y + (size * scale) / 2}>
        {name}
      </text>
    </g>
  );
}
