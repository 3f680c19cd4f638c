import type { Report } from "../report.js";
import type { CompressionResult } from "../workloads/compression.js";
import { Figure } from "./figure.js";
import { percent, time } from "./format.js";
import { Png } from "./png.js";

/** A picture, and what its largest singular values keep of it. */
export function Compression({ workload }: Pick<Report, "workload">) {
  const results = workload.flatMap(({ backend, compression }) =>
    compression === undefined ? [] : [{ backend, compression }],
  );
  const [first] = results;
  if (first === undefined) return null;
  return (
    <Figure
      title="A picture by its largest singular values"
      description="The whole picture, then what a few singular values and their vectors keep of it: the error, and how many numbers are kept."
      table={{
        head: ["backend", "rank", "error", "least possible", "numbers kept", "time of all"],
        rows: results.flatMap(({ backend, compression: { pictures, seconds } }) =>
          pictures.map(({ rank, error, leastError, share }) => [
            backend,
            rank,
            percent(error),
            percent(leastError),
            percent(share),
            time(seconds),
          ]),
        ),
      }}
    >
      <Pictures {...first.compression} />
    </Figure>
  );
}

function Pictures({ rows, cols, png, pictures }: CompressionResult) {
  const size = { width: cols, height: rows };
  return (
    <ul class="gallery large">
      <li>
        <Png png={png} alt="the whole picture" {...size} />
        the whole picture
      </li>
      {pictures.map((each) => (
        <li>
          <Png png={each.png} alt={`of rank ${each.rank}`} {...size} />
          rank {each.rank}: error {percent(each.error, 0)}, {percent(each.share, 0)} of the numbers
        </li>
      ))}
    </ul>
  );
}
