import type { Report, WorkloadEntry } from "../report.js";
import type { TrainingResult } from "../workloads/fashion-mnist.js";
import { Figure } from "./figure.js";
import { percent, time } from "./format.js";
import { LossCurve } from "./loss-curve.js";
import { Png } from "./png.js";
import { type Looks, looksOf } from "./series-looks.js";

/** Networks that learned: how the loss fell, how much they name rightly, and what they get wrong. */
export function Training(report: Pick<Report, "backends" | "peers" | "workload">) {
  const looks = looksOf(report);
  const ids = [...new Set(report.workload.map(({ id }) => id))];
  return (
    <>
      {ids.map((id) => {
        const trained = report.workload.flatMap((entry) =>
          entry.id === id && entry.training !== undefined
            ? [{ ...entry, training: entry.training }]
            : [],
        );
        return <OneTraining entries={trained} looks={looks} />;
      })}
    </>
  );
}

type Trained = WorkloadEntry & { readonly training: TrainingResult };

function OneTraining({
  entries,
  looks,
}: {
  readonly entries: readonly Trained[];
  readonly looks: Looks;
}) {
  const [first] = entries;
  if (first === undefined) return null;
  const withMistakes = entries.find(({ training }) => (training.mistakes ?? []).length > 0);
  return (
    <>
      <Figure
        title={first.label}
        description={
          <>
            {first.data}.{" "}
            {entries.map((entry) => (
              <Learned {...entry} />
            ))}
          </>
        }
        table={{
          head: ["backend", "right, held out", "per step", "images a second", "epochs", "training"],
          rows: entries.map(({ backend, training }) => [
            backend,
            percent(training.accuracy),
            time(training.secondsPerStep),
            Math.round(training.imagesPerSecond).toLocaleString("en"),
            `${training.epochs}${training.stoppedEarly ? " (time limit)" : ""}`,
            time(training.seconds),
          ]),
        }}
      >
        <LossCurve
          title={`Loss of ${first.label}`}
          curves={entries.map(({ backend, training: { losses = [] } }) => ({
            ...{ name: backend, index: looks(backend), losses },
          }))}
        />
      </Figure>
      {withMistakes === undefined ? null : <Mistakes {...withMistakes} />}
    </>
  );
}

function Learned({ backend, training }: Trained) {
  const { steps, accuracy, imagesPerSecond } = training;
  if (steps === 0) return <>On {backend} there was no time to learn. </>;
  const pace = Math.round(imagesPerSecond).toLocaleString("en");
  return (
    <>
      On {backend} it names <strong>{percent(accuracy)}</strong> of the held-out images rightly, and
      learned from {pace} images a second.{" "}
    </>
  );
}

function Mistakes({ backend, training: { mistakes = [] } }: Trained) {
  return (
    <Figure
      title="Some that it gets wrong"
      description={`Held-out images, the first that the network of ${backend} names wrongly: what it says, and what they are.`}
    >
      <ul class="gallery">
        {mistakes.map(({ png, guess, label }) => (
          <li>
            <Png png={png} alt={`${label}, taken for ${guess}`} width={28} height={28} />
            <strong>{guess}</strong>? {label}
          </li>
        ))}
      </ul>
    </Figure>
  );
}
