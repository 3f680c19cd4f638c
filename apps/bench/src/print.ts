import colors from "picocolors";
import { cellParts, conformanceGrid } from "./conformance-grid.js";
import { spread, type Timing } from "./measure.js";
import { printGoals } from "./print-goals.js";
import { summarizeReport } from "./print-summary.js";
import { bytes, duration } from "./print-units.js";
import { printWorkloads } from "./print-workloads.js";
import type { PeerResult, PerformanceEntry, Rate, Report } from "./report.js";
import { heading, table } from "./table.js";
import type { PathCost } from "./workloads/partition-sweep.js";

/** The whole report as text for a terminal. */
export function printReport(report: Report): string {
  return [
    printMachine(report),
    printBackends(report),
    printConformance(report),
    printPerformance(report),
    printPartition(report),
    printWorkloads(report),
    printPeers(report),
    printGoals(report),
    printNotes(report),
    `${heading("In plain words")}\n${summarizeReport(report).join("\n")}`,
  ]
    .filter((section) => section !== "")
    .join("\n\n");
}

function printMachine({ machine, roofs, pageRoofs, date, seconds }: Report): string {
  const memory = (machine.memoryBytes / 2 ** 30).toFixed(0);
  return [
    heading("Machine"),
    `${machine.cpu}, ${machine.cores} cores, ${memory} GiB, ${machine.platform}, ${machine.runtime}`,
    ...roofLines(roofs),
    ...(machine.browser === undefined ? [] : [machine.browser]),
    ...(pageRoofs === undefined ? [] : roofLines(pageRoofs)),
    colors.dim(`${date}, ${seconds.toFixed(0)} s`),
  ].join("\n");
}

function roofLines(roofs: Report["roofs"]): readonly string[] {
  return [
    `Roofs, measured now, of one core: ${roofs.scalarGflops.toFixed(1)} GFLOP/s scalar multiply-adds in JavaScript, ${roofs.copyGBps.toFixed(1)} GB/s copying`,
    ...simdRoofs(roofs),
  ];
}

function simdRoofs({ simd }: Report["roofs"]): readonly string[] {
  if (simd === undefined) return ["This engine has no vectors (WebAssembly SIMD)."];
  const { f32, f64, copyGBps, readGBps } = simd;
  const both = ({ separate, fused }: typeof f32): string =>
    `${separate.toFixed(1)} multiplying, then adding${fused === undefined ? "" : `, ${fused.toFixed(1)} in one instruction`}`;
  return [
    `With vectors of 128 bits, GFLOP/s: f32 ${both(f32)}; f64 ${both(f64)}; ${copyGBps.toFixed(1)} GB/s copying, ${readGBps.toFixed(1)} GB/s reading`,
  ];
}

function printBackends({ backends }: Report): string {
  const rows = backends.map(({ name, ran, reason, device, threads, dtypes, notes }) => [
    name,
    ran ? colors.green("runs") : colors.yellow("does not run"),
    ran ? (device ?? "") : (reason ?? ""),
    ran ? String(threads ?? "") : "",
    dtypes?.join(" ") ?? "",
    notes?.join("; ") ?? "",
  ]);
  const hasNotes = rows.some((row) => row[5] !== "");
  const head = ["backend", "", "device or reason", "threads", "types", "notes"];
  return table(
    "Backends",
    hasNotes ? head : head.slice(0, 5),
    hasNotes ? rows : rows.map((row) => row.slice(0, 5)),
  );
}

function printConformance({ conformance }: Report): string {
  if (conformance.length === 0) return "";
  const { backends, rows: operations } = conformanceGrid(conformance);
  const rows = operations.map(({ operation, cells }) => [
    operation,
    ...cells.map((cell) => {
      const [text, ...rest] = cellParts(cell);
      const coloured = cell.failed.length > 0 ? colors.red(text) : colors.green(text);
      return [coloured, ...rest].join(", ");
    }),
  ]);
  const failed = conformance.filter(({ status }) => status === "failed");
  const lines = failed
    .slice(0, 20)
    .map(
      ({ backend, name, message }) => `  ${colors.red("failed")} ${backend} ${name}: ${message}`,
    );
  if (failed.length > 20) lines.push(`  … and ${failed.length - 20} more, all in the report`);
  const text = table("Conformance: cases passed", ["operation", ...backends], rows);
  return [text, ...lines].join("\n");
}

function printPerformance({ performance }: Report): string {
  const shown = performance.filter(({ status }) => status !== "skipped");
  const groups = [...new Set(shown.map(({ group }) => group))];
  const several = new Set(shown.map(({ backend }) => backend)).size > 1;
  const head = ["", "type", "time", "speed", "of the roof", "spread"];
  return groups
    .map((group) =>
      table(
        `Performance: ${group}`,
        several ? ["backend", ...head] : head,
        shown
          .filter((entry) => entry.group === group)
          .map((entry) => (several ? [entry.backend, ...speedRow(entry)] : speedRow(entry))),
      ),
    )
    .join("\n\n");
}

function speedRow({ label, dtype, status, message, timing, rate }: PerformanceEntry): string[] {
  if (timing === undefined) return [label, dtype, colors.red(status), message ?? "", "", ""];
  const figures = rate === undefined ? ["", ""] : [speed(rate), share(rate)];
  return [label, dtype, duration(timing.median), ...figures, spreadOf(timing)];
}

function printPartition({ partition }: Report): string {
  if (partition.length === 0) return "";
  const several = new Set(partition.map(({ backend }) => backend)).size > 1;
  const size = partition[0]?.size ?? 0;
  const head = [
    "block",
    "uncut",
    "cut, dense",
    "stored as blocks",
    "memory",
    "block by block",
    "memory",
    "moved",
  ];
  const rows = partition.map(({ backend, blockSize, unblocked, cut, blocks, blockByBlock }) => [
    ...(several ? [backend] : []),
    String(blockSize),
    cost(unblocked),
    cost(cut, unblocked),
    cost(blocks, unblocked),
    bytes(blocks.temporaryBytes),
    cost(blockByBlock, unblocked),
    bytes(blockByBlock.temporaryBytes),
    bytes(blockByBlock.bytesMoved),
  ]);
  const title = `What cutting costs: a product of two ${size}×${size} matrices (f64) under block sizes`;
  const explanation = colors.dim(
    "Block by block: each block product into a temporary of its own, then added. ~ is extrapolated; ×: time over uncut.",
  );
  const wrong = partition.flatMap(({ backend, id, unblocked, cut, blocks, blockByBlock }) =>
    Object.entries({ unblocked, cut, blocks, blockByBlock })
      .filter(([, { message }]) => message !== undefined)
      .map(
        ([path, { message }]) => `  ${colors.red("wrong")} ${backend} ${id} (${path}): ${message}`,
      ),
  );
  const text = table(title, several ? ["backend", ...head] : head, rows);
  return [text, explanation, ...wrong].join("\n");
}

function printPeers({ peers }: Report): string {
  if (peers.libraries.length === 0) return "";
  const absent = peers.libraries.filter(({ ran }) => !ran);
  const reasons = [...new Set(absent.map(({ reason }) => reason))];
  const missing = reasons.map((reason) => {
    const names = absent.filter((library) => library.reason === reason).map(({ name }) => name);
    return colors.yellow(`  ${names.join(", ")} did not run: ${reason ?? "no reason given"}`);
  });
  const rows = peers.results.map((result: PeerResult) => [
    result.label,
    result.dtype,
    result.isPeer ? result.contender : colors.bold(result.contender),
    result.timing === undefined ? colors.red(result.status) : duration(result.timing.median),
    result.rate === undefined ? "" : speed(result.rate),
    ratioText(peers.ratios, result),
  ]);
  const wrong = peers.results
    .filter(({ status }) => status !== "measured")
    .map(({ label, contender, status, message }) => {
      const text = (message ?? "").split("\n")[0] ?? "";
      return `  ${colors.red(status)} ${contender}, ${label}: ${text}`;
    });
  const head = ["", "type", "library", "time", "speed", "we are"];
  return [table("Beside other libraries", head, rows), ...missing, ...wrong].join("\n");
}

function ratioText(ratios: Report["peers"]["ratios"], result: PeerResult): string {
  if (!result.isPeer) return "";
  return ratios
    .filter(({ id, peer }) => id === result.id && peer === result.contender)
    .map(({ backend, ratio }) => `${backend} ${ratio.toFixed(2)}×`)
    .join(", ");
}

function printNotes({ notes }: Report): string {
  if (notes.length === 0) return "";
  return [heading("Notes"), ...notes.map((note) => `  ${note}`)].join("\n");
}

function cost(path: PathCost, base?: PathCost): string {
  if (path.timing === undefined) return colors.red("wrong");
  const about = path.estimated ? "~" : "";
  const text = `${about}${duration(path.timing.median)}`;
  if (base?.timing === undefined) return text;
  return `${text} ${(path.timing.median / base.timing.median).toFixed(2)}×`;
}

function speed({ value, unit }: Rate): string {
  return `${value.toPrecision(3)} ${unit}`;
}

function share({ shareOfRoof }: Rate): string {
  return `${(100 * shareOfRoof).toFixed(0)} %`;
}

function spreadOf(timing: Timing): string {
  return `${(100 * spread(timing)).toFixed(0)} %`;
}
