/** A table of numbers, the last column of which is to be explained by the others. */
export interface Table {
  /** Of the columns but the last. */
  readonly names: readonly string[];
  readonly rows: number;
  /** rows × names, row by row. */
  readonly inputs: Float64Array;
  readonly targets: Float64Array;
}

/** Reads lines of numbers between commas, under a line of names. Throws where a line does not fit. */
export function parseTable(text: string): Table {
  const [head = "", ...lines] = text.trim().split(/\r?\n/);
  const names = head.split(",");
  const inputs: number[] = [];
  const targets: number[] = [];
  for (const [i, line] of lines.entries()) {
    const numbers = line.split(",").map((cell) => (cell.trim() === "" ? Number.NaN : Number(cell)));
    if (numbers.length !== names.length || !numbers.every(Number.isFinite)) {
      throw new Error(`line ${i + 2} is not ${names.length} numbers between commas: ${line}`);
    }
    targets.push(numbers.pop() as number);
    inputs.push(...numbers);
  }
  return {
    names: names.slice(0, -1),
    rows: lines.length,
    inputs: Float64Array.from(inputs),
    targets: Float64Array.from(targets),
  };
}
