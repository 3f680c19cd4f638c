import type { Report } from "../report.js";
import { Figure } from "./figure.js";
import { short, time } from "./format.js";
import { Plot, type Series } from "./plot.js";
import { linearScale, logScale } from "./scale.js";
import { looksOf } from "./series-looks.js";

/** The error of a ridge regression over its penalty. */
export function Ridge(report: Pick<Report, "backends" | "peers" | "workload">) {
  const results = report.workload.flatMap(({ backend, ridge }) =>
    ridge === undefined ? [] : [{ backend, ridge }],
  );
  const [first] = results;
  if (first === undefined) return null;
  const looks = looksOf(report);
  const series = results.map(
    ({ backend, ridge }): Series => ({
      name: backend,
      index: looks(backend),
      points: ridge.path.map(({ lambda, error }) => ({
        ...{ x: lambda, y: error },
        text: `penalty ${short(lambda)}, error ${short(error)}`,
      })),
    }),
  );
  const penalties = first.ridge.path.map(({ lambda }) => lambda);
  const mean = first.ridge.errorOfMean;
  const title = "Ridge regression, each row left out once";
  return (
    <Figure
      title={title}
      description={`The error for rows that the model was not shown, over the penalty on its weights: ${first.ridge.rows} rows, ${first.ridge.inputs} inputs. Dashed: what guessing the mean gives.`}
      table={{
        head: ["backend", "best penalty", "its error", "error of the mean", "time"],
        rows: results.map(({ backend, ridge }) => [
          backend,
          short(ridge.best.lambda),
          short(ridge.best.error),
          short(ridge.errorOfMean),
          time(ridge.seconds),
        ]),
      }}
    >
      <Plot
        title={title}
        x={{ name: "penalty", scale: logScale(penalties) }}
        y={{
          name: "root mean square error",
          scale: linearScale([mean, ...series.flatMap(({ points }) => points.map(({ y }) => y))]),
        }}
        series={series}
        roofs={[
          {
            name: "the mean",
            points: [
              [Math.min(...penalties), mean],
              [Math.max(...penalties), mean],
            ],
          },
        ]}
      />
    </Figure>
  );
}
