import type { PerformanceEntry, Report } from "./report.js";

/** What the figures mean, one sentence or two a line, for somebody new to all of this. */
export function summarizeReport(report: Report): string[] {
  return [
    ...report.backends.map((backend) => {
      if (backend.ran) return backendLine(report, backend.name);
      return `${backend.name} did not run: ${backend.reason ?? "no reason given"}.`;
    }),
    ...lossLines(report),
    ...report.backends.filter(({ ran }) => ran).flatMap(({ name }) => speedLines(report, name)),
    ...peerLines(report),
  ];
}

/** What a report comes to. */
export interface Verdict {
  readonly isGood: boolean;
  readonly text: string;
}

/** The sentence that stands first. */
export function verdictOf(report: Report): Verdict {
  if (hasWrongResults(report)) {
    return {
      isGood: false,
      text: "Something that was checked is wrong: it is marked red below.",
    };
  }
  if (report.backends.some(({ lost }) => lost !== undefined)) {
    return { isGood: false, text: "Not all could be checked: a device was lost meanwhile." };
  }
  return { isGood: true, text: "All that was checked is right." };
}

/** Whether anything that this bench checks came out wrong, or could not be checked to its end. */
export function hasFailures(report: Report): boolean {
  return !verdictOf(report).isGood;
}

function lossLines({ backends }: Report): string[] {
  return backends.flatMap(({ name, lost }) =>
    lost === undefined
      ? []
      : [
          `${name} was LOST while it was measured (${lost}); what had not run on it yet was left out.`,
        ],
  );
}

function hasWrongResults(report: Report): boolean {
  const { conformance, performance, partition, workload, peers } = report;
  return (
    conformance.some(({ status }) => status === "failed") ||
    performance.some(({ status }) => status === "wrong" || status === "failed") ||
    partition.some(({ unblocked, cut, blocks, blockByBlock }) =>
      [unblocked, cut, blocks, blockByBlock].some(({ message }) => message !== undefined),
    ) ||
    workload.some(({ status }) => status === "failed") ||
    peers.results.some(({ isPeer, status }) => !isPeer && status !== "measured")
  );
}

function backendLine(report: Report, name: string): string {
  const cases = report.conformance.filter(({ backend }) => backend === name);
  const ran = cases.filter(({ status }) => status !== "skipped" && status !== "unsupported");
  const failed = ran.filter(({ status }) => status === "failed").length;
  const timed = report.performance.filter(
    ({ backend, status }) => backend === name && status !== "skipped",
  );
  const wrong = timed.filter(({ status }) => status !== "measured");
  const parts: string[] = [];
  if (ran.length > 0) {
    parts.push(
      failed === 0
        ? `does everything right that was tried (${ran.length} conformance cases)`
        : `FAILS ${failed} of ${ran.length} conformance cases, see above`,
    );
  }
  if (timed.length > 0) {
    parts.push(
      wrong.length === 0
        ? `all ${timed.length} timed results were checked and are right`
        : `${wrong.length} of ${timed.length} timed results are WRONG or failed (${wrong[0]?.id}: ${wrong[0]?.message})`,
    );
  }
  return parts.length === 0 ? `${name} runs here.` : `${name} ${parts.join("; ")}.`;
}

function speedLines(report: Report, name: string): string[] {
  const lines: string[] = [];
  const entries = report.performance.filter(({ backend }) => backend === name);
  // Not every device has f64.
  const best = fastestProduct(entries, "f64") ?? fastestProduct(entries, "f32");
  if (best?.rate !== undefined && best.timing !== undefined) {
    const { value, shareOfRoof, roof } = best.rate;
    const who = roof === "simd" ? "vectors of 128 bits" : "plain JavaScript";
    const times =
      shareOfRoof > 1.05
        ? `${shareOfRoof.toFixed(1)} times what ${who} can do here`
        : `${(100 * shareOfRoof).toFixed(0)} % of what ${who} can do here at best`;
    lines.push(
      `${name} multiplies matrices (${best.label}, ${best.dtype}) with ${value.toFixed(1)} billion operations a second: ${times}.`,
    );
  }
  const dense = entries.find(({ id }) => id === "block-sparse/f32/density-100")?.timing;
  const sparse = entries.find(({ id }) => id === "block-sparse/f32/density-10")?.timing;
  if (dense !== undefined && sparse !== undefined) {
    const factor = (dense.median / sparse.median).toFixed(1);
    lines.push(`${name}: a matrix with 10 % of its blocks is multiplied ${factor} times as fast.`);
  }
  const sweep = report.partition.filter(({ backend }) => backend === name);
  const cutFactors = sweep.flatMap(({ cut, unblocked }) =>
    cut.timing && unblocked.timing ? [cut.timing.median / unblocked.timing.median] : [],
  );
  const middle = sweep.find(({ blockSize }) => blockSize === 32);
  if (cutFactors.length > 0) {
    const typical = cutFactors.sort((x, y) => x - y)[Math.floor(cutFactors.length / 2)] as number;
    const naive = middle?.blockByBlock.timing?.median;
    const whole = middle?.unblocked.timing?.median;
    const rest =
      naive !== undefined && whole !== undefined
        ? ` The textbook's block by block algorithm takes ${(naive / whole).toFixed(1)} times as long with blocks of 32.`
        : "";
    lines.push(
      `${name}: cutting a dense matrix into blocks changes the time by ${percent(typical - 1)} (the middle of all block sizes).${rest}`,
    );
  }
  for (const { backend, training } of report.workload) {
    if (backend !== name || training === undefined) continue;
    lines.push(
      `${name}: a network that learned for ${training.seconds.toFixed(1)} s names ${(100 * training.accuracy).toFixed(1)} % of clothes rightly that it had never seen, and learned from ${Math.round(training.imagesPerSecond).toLocaleString("en")} images a second.`,
    );
  }
  return lines;
}

function peerLines({ peers }: Report): string[] {
  const headlines = peers.ratios
    .filter(({ headline }) => headline)
    .map(({ backend, peer, label, dtype, ratio }) => {
      const factor = ratio >= 1 ? `${ratio.toFixed(2)} times as fast as` : "slower than";
      const rest = ratio >= 1 ? "" : ` (it takes ${(1 / ratio).toFixed(2)} times as long)`;
      return `${backend} is ${factor} ${peer} at ${label}, ${dtype}${rest}.`;
    });
  const wrong = peers.results.filter(({ isPeer, status }) => isPeer && status === "wrong");
  const warnings = wrong.map(
    ({ contender, label, dtype }) =>
      `${contender} gives a wrong result for ${label} (${dtype}); its time is not given.`,
  );
  return [...headlines, ...warnings];
}

function fastestProduct(
  entries: readonly PerformanceEntry[],
  dtype: string,
): PerformanceEntry | undefined {
  return entries
    .filter((entry) => entry.group === "matmul" && entry.dtype === dtype && entry.rate)
    .sort((x, y) => rateOf(y) - rateOf(x))[0];
}

function rateOf({ rate }: PerformanceEntry): number {
  return rate?.value ?? 0;
}

function percent(share: number): string {
  const rounded = Math.round(100 * share);
  if (rounded === 0) return "0 %";
  return `${rounded > 0 ? "+" : "−"}${Math.abs(rounded)} %`;
}
