import { useEffect } from "preact/hooks";
import { LossCurve } from "../../charts/loss-curve.js";
import { Training } from "../../charts/training.js";
import type { AppState } from "../state/state.js";
import type { TrainingStatus } from "../state/training.js";
import { Guarded } from "./guarded.js";

const limits = [5, 10, 30, 60, 300];

/** A network learns to tell clothes apart, and one watches. */
export function TrainingView({ state }: { readonly state: AppState }) {
  const { backends, training } = state;
  const { networks, network, seconds, losses } = training;
  useEffect(() => {
    void training.look();
  }, [training]);
  const running = backends.entries.value.filter(({ ran }) => ran);
  const backend = training.backend.value ?? backends.chosen.value[0] ?? running[0]?.name ?? "";
  const status = training.status.value;
  const isRunning = status.kind === "running";
  return (
    <>
      <p class="lead">
        A network learns from 8,000 pictures of clothes what they show (Fashion-MNIST), and is asked
        about 2,000 that it has never seen.
      </p>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void training.start({
            ...{ backend, id: network.value, seconds: seconds.value },
            ...{ threads: backends.threads.value, modules: backends.modules.value },
          });
        }}
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
            <label>
              Backend
              <select
                value={backend}
                onChange={({ currentTarget }) => {
                  training.backend.value = currentTarget.value;
                }}
              >
                {running.map(({ name }) => (
                  <option>{name}</option>
                ))}
              </select>
            </label>
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
        <div class="actions">
          <button type="submit" class="primary" disabled={isRunning || backend === ""}>
            Train
          </button>
          <button type="button" disabled={!isRunning} onClick={() => training.stop()}>
            Stop
          </button>
        </div>
      </form>
      <p role="status" class={status.kind === "failed" ? "bad" : undefined}>
        {inWords(status)}
      </p>
      {status.kind === "running" ? <p class="quiet">{status.label}</p> : null}
      <Guarded key={status.kind} what="This training">
        <div class="report">
          {status.kind === "done" && status.entry.training !== undefined ? (
            <Training
              backends={backends.entries.value}
              peers={{ libraries: [], results: [], ratios: [] }}
              workload={[status.entry]}
            />
          ) : (
            <LossCurve
              title="Loss of this training"
              curves={[{ name: backend, index: 0, losses: losses.value }]}
            />
          )}
        </div>
      </Guarded>
    </>
  );
}

function inWords(status: TrainingStatus): string {
  switch (status.kind) {
    case "running":
      return "Learning …";
    case "stopped":
      return "Stopped. How far it came is below.";
    case "done":
      return status.entry.message ?? "Done.";
    case "failed":
      return `It could not go on: ${status.message}.`;
    default:
      return "";
  }
}
