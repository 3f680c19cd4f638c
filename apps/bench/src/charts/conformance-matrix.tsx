import { type ConformanceCell, cellParts, conformanceGrid } from "../conformance-grid.js";
import type { Report } from "../report.js";
import { DataTable } from "./data-table.js";
import { FailedCases } from "./failed-cases.js";

/** Failing cases that are shown of a cell; all are in the report. */
const mostShown = 20;

/** Operations by backends: how many cases passed, and those that failed, with their inputs. */
export function ConformanceMatrix({ conformance }: Pick<Report, "conformance">) {
  const { backends, rows } = conformanceGrid(conformance);
  const broken = rows.flatMap(({ operation, cells }) =>
    cells.filter(({ failed }) => failed.length > 0).map((cell) => ({ operation, cell })),
  );
  return (
    <div class="conformance">
      <DataTable
        caption="Cases of the contract that passed"
        head={["operation", ...backends]}
        rows={rows.map(({ operation, cells }) => [
          operation,
          ...cells.map((cell) => <Cell operation={operation} cell={cell} />),
        ])}
      />
      {broken.map(({ operation, cell }) => (
        <section id={idOf(operation, cell)} class="failures">
          <h3>
            <span class="bad">✗</span> {operation} on {cell.backend}: {cell.failed.length} failed
          </h3>
          <FailedCases cases={cell.failed.slice(0, mostShown)} />
          {cell.failed.length > mostShown ? (
            <p>… and {cell.failed.length - mostShown} more, all in the report's JSON.</p>
          ) : null}
        </section>
      ))}
    </div>
  );
}

/** A word beside the colour: who sees no colours sees the sign. */
function Cell({ operation, cell }: { readonly operation: string; readonly cell: ConformanceCell }) {
  const [text, ...rest] = cellParts(cell);
  const reasons = [...new Set(cell.unsupported.map(({ message }) => message))].join("; ");
  const notes =
    rest.length === 0 ? null : (
      <small title={reasons === "" ? undefined : reasons}>{rest.join(", ")}</small>
    );
  if (cell.ran === 0) return notes;
  return (
    <>
      {cell.failed.length === 0 ? (
        <span class="good">✓ {text}</span>
      ) : (
        <a class="bad" href={`#${idOf(operation, cell)}`}>
          ✗ {text}
        </a>
      )}
      {notes}
    </>
  );
}

/** A place in the page: no spaces, and nothing that an address would have to escape. */
function idOf(operation: string, { backend }: ConformanceCell): string {
  return `failed-${backend}-${operation}`.replace(/[^\w-]+/g, "_");
}
