import type { ComponentChildren } from "preact";

export interface DataTableProps {
  /** Read out before the table; shown only where `showCaption` says so. */
  readonly caption: string;
  readonly showCaption?: boolean;
  readonly head: readonly ComponentChildren[];
  /** The first cell of a row is its heading. */
  readonly rows: readonly (readonly ComponentChildren[])[];
  /** Columns from this one on hold figures, which are set to the right. Default: 1. */
  readonly figuresFrom?: number;
}

/** A table that scrolls in its own box where it is wider than the page. */
export function DataTable(props: DataTableProps) {
  const { caption, showCaption = false, head, rows, figuresFrom = 1 } = props;
  const kind = (column: number): string => (column >= figuresFrom ? "figure" : "text");
  return (
    // Who has no pointer scrolls by the arrow keys, and for that the box must take the focus.
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls is reached by keyboard
    <section class="scroll" tabIndex={0} aria-label={caption}>
      <table>
        <caption class={showCaption ? undefined : "unseen"}>{caption}</caption>
        <thead>
          <tr>
            {head.map((cell, column) => (
              <th scope="col" class={kind(column)}>
                {cell}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr>
              {row.map((cell, column) =>
                column === 0 ? (
                  <th scope="row" class={kind(column)}>
                    {cell}
                  </th>
                ) : (
                  <td class={kind(column)}>{cell}</td>
                ),
              )}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
