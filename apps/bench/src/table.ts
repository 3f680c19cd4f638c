import Table from "cli-table3";
import colors from "picocolors";

export function heading(text: string): string {
  return colors.bold(text);
}

/** Columns of figures are set to the right. */
export function table(title: string, head: readonly string[], rows: readonly string[][]): string {
  const isFigure = (column: number): boolean =>
    rows.length > 0 && rows.every((row) => /^$|^[~\d.,]+( |$)/.test(plain(row[column] ?? "")));
  const built = new Table({
    head: head.map((text) => colors.dim(text)),
    colAligns: head.map((_, column) => (isFigure(column) ? "right" : "left")),
    style: { head: [], border: [], compact: true },
    chars: borders,
  });
  built.push(...rows);
  return `${heading(title)}\n${built.toString()}`;
}

/** No lines: columns and a gap are enough. */
const borders = Object.fromEntries(
  [
    "top",
    "top-mid",
    "top-left",
    "top-right",
    "bottom",
    "bottom-mid",
    "bottom-left",
    "bottom-right",
    "left",
    "left-mid",
    "mid",
    "mid-mid",
    "right",
    "right-mid",
    "middle",
  ].map((place) => [place, ""]),
);

function plain(text: string): string {
  const escapeCode = String.fromCharCode(27);
  return text.split(new RegExp(`${escapeCode}\\[\\d+m`)).join("");
}
