import { DataTable } from "./data-table.js";

export interface HeatCell {
  readonly text: string;
  /** 0: as good as the best; each further 1 is twice as much. Absent: nothing was measured. */
  readonly doublings?: number | undefined;
  /** What was wrong. */
  readonly message?: string | undefined;
}

export interface HeatTableProps {
  readonly caption: string;
  readonly head: readonly string[];
  readonly rows: readonly { readonly name: string; readonly cells: readonly HeatCell[] }[];
  /** Colours that a doubling is apart. Default: 2. */
  readonly steps?: number;
}

const hottest = 8;

/** A heat map as a table: the figures can be read, the colours only help. */
export function HeatTable({ caption, head, rows, steps = 2 }: HeatTableProps) {
  return (
    <div class="heat">
      <DataTable
        caption={caption}
        head={head}
        rows={rows.map(({ name, cells }) => [
          name,
          ...cells.map((cell) => <Heat cell={cell} steps={steps} />),
        ])}
      />
    </div>
  );
}

function Heat({ cell, steps }: { readonly cell: HeatCell; readonly steps: number }) {
  const { text, doublings, message } = cell;
  if (message !== undefined) {
    return (
      <span class="bad" title={message}>
        ✗ {text}
      </span>
    );
  }
  if (doublings === undefined) return text;
  return <span class={`heat-${heatLevel(doublings, steps)}`}>{text}</span>;
}

/** One of the nine colours. */
export function heatLevel(doublings: number, steps: number): number {
  return Math.min(hottest, Math.max(0, Math.round(doublings * steps)));
}
