import type { PeerRatio, PeerResult, Report } from "../report.js";
import { DataTable } from "./data-table.js";
import { rateText, time, times } from "./format.js";

/** The same cases on other libraries, timed in turns, and how many times as fast we are. */
export function PeersTable({ peers }: Pick<Report, "peers">) {
  const { libraries, results, ratios } = peers;
  const absent = libraries.filter(({ ran }) => !ran);
  return (
    <>
      <DataTable
        caption="Beside other libraries"
        head={["case", "type", "library", "time", "speed", "we are"]}
        figuresFrom={3}
        rows={results.map((result) => [
          result.label,
          result.dtype,
          result.isPeer ? result.contender : <strong>{result.contender}</strong>,
          result.timing === undefined ? (
            <span class="bad" title={result.message}>
              ✗ {result.status}
            </span>
          ) : (
            time(result.timing.median)
          ),
          result.rate === undefined ? "" : rateText(result.rate),
          ratioText(ratios, result),
        ])}
      />
      {absent.map(({ name, reason }) => (
        <p class="quiet">
          {name} did not run: {reason ?? "no reason given"}
        </p>
      ))}
    </>
  );
}

function ratioText(ratios: readonly PeerRatio[], { isPeer, id, contender }: PeerResult): string {
  if (!isPeer) return "";
  return ratios
    .filter((ratio) => ratio.id === id && ratio.peer === contender)
    .map(({ backend, ratio }) => `${backend} ${times(ratio)}`)
    .join(", ");
}
