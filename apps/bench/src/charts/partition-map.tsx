import { bytes } from "../print-units.js";
import type { Report } from "../report.js";
import type { PartitionEntry, PathCost } from "../workloads/partition-sweep.js";
import { Figure } from "./figure.js";
import { time, times } from "./format.js";
import { type HeatCell, HeatTable } from "./heat-table.js";

const paths: readonly (readonly [keyof Paths, string])[] = [
  ["unblocked", "uncut"],
  ["cut", "cut, dense"],
  ["blocks", "stored as blocks"],
  ["blockByBlock", "block by block"],
];

type Paths = Pick<PartitionEntry, "unblocked" | "cut" | "blocks" | "blockByBlock">;

/** What cutting costs in time, ways of computing by block sizes, backend by backend. */
export function PartitionMap({ partition }: Pick<Report, "partition">) {
  return (
    <>
      {byBackend(partition).map(([backend, entries]) => (
        <Figure
          title={`Time under a partition, ${backend}`}
          description={`A·B of two ${entries[0]?.size}×${entries[0]?.size} matrices (f64), cut into blocks of each size: time over that of the uncut product. Block by block is the textbook's algorithm, each block product a matrix of its own; ~ is extrapolated.`}
        >
          <PathTable
            caption={`Time under a partition, ${backend}`}
            entries={entries}
            cell={(path, entry) => timeCell(path, entry.unblocked)}
          />
        </Figure>
      ))}
    </>
  );
}

/** What the same products need of memory beside their operands and results. */
export function PartitionMemory({ partition }: Pick<Report, "partition">) {
  return (
    <>
      {byBackend(partition).map(([backend, entries]) => {
        const least = Math.min(
          ...entries.flatMap((entry) =>
            paths.map(([name]) => Math.max(1024, entry[name].temporaryBytes)),
          ),
        );
        return (
          <Figure
            title={`Temporary memory, ${backend}`}
            description="Bytes that these products need while they run, beside operands and results: panels packed for the kernels, or the temporary blocks of the textbook's algorithm."
          >
            <PathTable
              caption={`Temporary memory, ${backend}`}
              entries={entries}
              cell={({ temporaryBytes, message }) => ({
                ...{ text: bytes(temporaryBytes), message },
                doublings: Math.log2(Math.max(1024, temporaryBytes) / least) / 3,
              })}
            />
          </Figure>
        );
      })}
    </>
  );
}

interface PathTableProps {
  readonly caption: string;
  readonly entries: readonly PartitionEntry[];
  readonly cell: (path: PathCost, entry: PartitionEntry) => HeatCell;
}

/** A row for each way of computing, a column for each block size. */
function PathTable({ caption, entries, cell }: PathTableProps) {
  return (
    <HeatTable
      caption={caption}
      head={["blocks of", ...entries.map(({ blockSize }) => String(blockSize))]}
      rows={paths.map(([name, label]) => ({
        name: label,
        cells: entries.map((entry) => cell(entry[name], entry)),
      }))}
    />
  );
}

function timeCell(path: PathCost, base: PathCost): HeatCell {
  const { timing, estimated, message } = path;
  if (timing === undefined) return { text: "wrong", message: message ?? "no time" };
  if (path === base || base.timing === undefined) return { text: time(timing.median) };
  const ratio = timing.median / base.timing.median;
  return { text: `${estimated ? "~" : ""}${times(ratio)}`, doublings: Math.log2(ratio) };
}

function byBackend(
  partition: readonly PartitionEntry[],
): readonly (readonly [string, readonly PartitionEntry[]])[] {
  const names = [...new Set(partition.map(({ backend }) => backend))];
  return names.map((name) => [name, partition.filter(({ backend }) => backend === name)]);
}
