/**
 * What a file says about cuts and absent blocks, beyond what the format knows: one text of its
 * metadata.
 *
 * ```text
 * "blk.layout": {"w": {"rows": [2, 2], "cols": [3, 3], "blocks": [0, 0, 1, 1]}, …}
 * ```
 *
 * `rows` and `cols` are block lengths. With `blocks` (row and column of each present block, in
 * order), the tensor holds the present blocks one after the other, each row by row; without, it is
 * the whole matrix. A matrix that is dense and not cut has no entry.
 */
import { BlkError, type BlockMatrix, BlockPattern, Partition } from "@blk/core";
import { type Json, parseJson, shown } from "./json.js";

/** The key of the metadata under which layouts are written. */
export const layoutKey = "blk.layout";

/** Cuts and present blocks of one matrix. */
export interface TensorLayout {
  readonly rowPartition: Partition;
  readonly colPartition: Partition;
  /** Present blocks; `undefined` for a dense matrix. */
  readonly pattern: BlockPattern | undefined;
}

/** The text for these matrices; `undefined` where there is nothing to say. */
export function encodeLayouts(
  matrices: Iterable<readonly [name: string, matrix: BlockMatrix]>,
): string | undefined {
  const entries: string[] = [];
  for (const [name, { rowPartition, colPartition, pattern }] of matrices) {
    if (pattern === undefined && rowPartition.count === 1 && colPartition.count === 1) continue;
    const blocks: number[] = [];
    pattern?.forEach((row, col) => {
      blocks.push(row, col);
    });
    const entry = {
      rows: rowPartition.lengths,
      cols: colPartition.lengths,
      ...(pattern !== undefined && { blocks }),
    };
    entries.push(`${JSON.stringify(name)}:${JSON.stringify(entry)}`);
  }
  return entries.length === 0 ? undefined : `{${entries.join(",")}}`;
}

/** Reads and checks the text. Throws `DATA`. */
export function parseLayouts(text: string | undefined): ReadonlyMap<string, TensorLayout> {
  const layouts = new Map<string, TensorLayout>();
  if (text === undefined) return layouts;
  const root = parseJson(text, `safetensors ${layoutKey}`, 3);
  if (!(root instanceof Map)) throw damaged("is no object");
  for (const [name, entry] of root as ReadonlyMap<string, Json>) {
    layouts.set(name, parseLayout(name, entry));
  }
  return layouts;
}

function parseLayout(name: string, entry: Json): TensorLayout {
  if (!(entry instanceof Map)) throw damaged(`has no object for ${shown(name)}`);
  const rowPartition = partitionOf(name, "rows", entry.get("rows"));
  const colPartition = partitionOf(name, "cols", entry.get("cols"));
  const blocks: Json | undefined = entry.get("blocks");
  if (blocks === undefined) return { rowPartition, colPartition, pattern: undefined };
  const [rowCount, colCount] = [rowPartition.count, colPartition.count];
  if (!isNumbers(blocks) || blocks.length % 2 !== 0) {
    throw damaged(`has no pairs of numbers as the blocks of ${shown(name)}`);
  }
  // Ascending, so that the order in the file is that of the pattern, and no block is there twice.
  const positions: { row: number; col: number }[] = [];
  let last = -1;
  for (let i = 0; i < blocks.length; i += 2) {
    const [row, col] = [blocks[i] as number, blocks[i + 1] as number];
    const place = row * colCount + col;
    if (row >= rowCount || col >= colCount || place <= last) {
      throw damaged(`has a block (${row}, ${col}) of ${shown(name)} twice or out of place`);
    }
    last = place;
    positions.push({ row, col });
  }
  return { rowPartition, colPartition, pattern: BlockPattern.of(rowCount, colCount, positions) };
}

function partitionOf(name: string, field: string, lengths: Json | undefined): Partition {
  if (!isNumbers(lengths)) throw damaged(`has no block lengths as ${field} of ${shown(name)}`);
  const size = lengths.reduce((sum, length) => sum + length, 0);
  if (!Number.isSafeInteger(size)) throw damaged(`has more than 2⁵³ ${field} of ${shown(name)}`);
  return Partition.of(lengths);
}

function isNumbers(value: Json | undefined): value is readonly number[] {
  return Array.isArray(value) && value.every((item) => typeof item === "number");
}

function damaged(problem: string): BlkError {
  return new BlkError(
    "DATA",
    `safetensors: the metadata ${layoutKey} ${problem}; the file is damaged, get it anew`,
  );
}
