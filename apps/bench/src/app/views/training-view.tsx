import { useEffect } from "preact/hooks";
import { LossCurve } from "../../charts/loss-curve.js";
import { Section } from "../../charts/section.js";
import { looksOf } from "../../charts/series-looks.js";
import { Training } from "../../charts/training.js";
import type { WorkloadEntry } from "../../report.js";
import type { AppState } from "../state/state.js";
import type { TrainingStatus } from "../state/training.js";
import { BackendSelect, oneBackend } from "./backend-select.js";
import { Guarded } from "./guarded.js";
import { TaskForm } from "./task-form.js";

const noPeers = { libraries: [], results: [], ratios: [] };
const limits = [5, 10, 30, 60, 300];

/** A network learns to tell clothes apart, and one watches. */
export function TrainingView({ state }: { readonly state: AppState }) {
  const { backends, training } = state;
  const { networks, network, seconds, losses } = training;
  useEffect(() => {
    void training.look();
  }, [training]);
  const backend = oneBackend(backends, training.backend.value);
  const status = training.status.value;
  const report = { backends: backends.entries.value, peers: noPeers };
  const isEnding = status.kind === "ending";
  const isRunning = status.kind === "running" || isEnding;
  return (
    <>
      <p class="lead">
        A network learns from 8,000 pictures of clothes what they show (Fashion-MNIST), and is asked
        about 2,000 that it has never seen.
      </p>
      <TaskForm
        start="Train"
        stop={isEnding ? "Stop at once" : "Stop"}
        isRunning={isRunning}
        isReady={backend !== ""}
        onStart={() =>
          training.start({
            ...{ backend, id: network.value, seconds: seconds.value },
            ...{ threads: backends.threads.value, modules: backends.modules.value },
          })
        }
        onStop={() => training.stop()}
      >
        <fieldset disabled={isRunning}>
          <legend class="unseen">What learns, and where</legend>
          <div class="fields">
            <label>
              Network
              <select
                class="wide"
                value={network.value}
                onChange={({ currentTarget }) => {
                  network.value = currentTarget.value;
                }}
              >
                {networks.value.map(({ id, label }) => (
                  <option value={id}>{label}</option>
                ))}
              </select>
            </label>
            <BackendSelect
              backends={backends}
              value={backend}
              onChange={(name) => {
                training.backend.value = name;
              }}
            />
            <label>
              At most
              <select
                value={seconds.value}
                onChange={({ currentTarget }) => {
                  seconds.value = Number(currentTarget.value);
                }}
              >
                {limits.map((limit) => (
                  <option value={limit}>{limit} s</option>
                ))}
              </select>
            </label>
          </div>
        </fieldset>
      </TaskForm>
      <p role="status" class={status.kind === "failed" ? "bad" : undefined}>
        {inWords(status)}
      </p>
      {status.kind === "running" ? <p class="quiet">{status.label}</p> : null}
      <Guarded key={status.kind} what="This training">
        <div class="report">
          <Section title="What it learned" shown={losses.value.length > 0}>
            {status.kind === "done" && status.entry.training !== undefined ? (
              <Training {...report} workload={[status.entry]} />
            ) : (
              <LossCurve
                title="Loss of this training"
                curves={[{ name: backend, index: looksOf(report)(backend), losses: losses.value }]}
              />
            )}
          </Section>
        </div>
      </Guarded>
    </>
  );
}

function inWords(status: TrainingStatus): string {
  switch (status.kind) {
    case "running":
      return "Learning …";
    case "ending":
      return "Stopping: it is asked about the held-out images …";
    case "stopped":
      return "Stopped. How far it came is below.";
    case "done":
      return status.entry.message ?? (isWhole(status.entry) ? "Done." : "Stopped before its end.");
    case "failed":
      return `It could not go on: ${status.message}.`;
    default:
      return "";
  }
}

function isWhole({ training }: WorkloadEntry): boolean {
  return training?.stoppedEarly !== true;
}
