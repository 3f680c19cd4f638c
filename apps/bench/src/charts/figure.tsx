import type { ComponentChildren } from "preact";
import { DataTable, type DataTableProps } from "./data-table.js";

export interface FigureProps {
  readonly title: string;
  /** What is to be seen, in a sentence or two. */
  readonly description: ComponentChildren;
  /** The same figures as a table, behind a line to click. */
  readonly table?: Omit<DataTableProps, "caption">;
  readonly children: ComponentChildren;
}

/** A picture with its title, what it means, and its figures. */
export function Figure({ title, description, table, children }: FigureProps) {
  return (
    <figure>
      <figcaption>
        <h3>{title}</h3>
        <p>{description}</p>
      </figcaption>
      {children}
      {table === undefined ? null : (
        <details>
          <summary>The figures as a table</summary>
          <DataTable caption={title} {...table} />
        </details>
      )}
    </figure>
  );
}
