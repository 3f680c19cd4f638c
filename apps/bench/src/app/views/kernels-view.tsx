import { useEffect } from "preact/hooks";
import { Section } from "../../charts/section.js";
import { TileMap } from "../../charts/tile-map.js";
import { TileModels } from "../../charts/tile-models.js";
import type { KernelsStatus } from "../state/kernels.js";
import type { AppState } from "../state/state.js";
import { BackendSelect, oneBackend } from "./backend-select.js";
import { TaskForm } from "./task-form.js";

/** Kernels that give the same result, tried against each other on this machine. */
export function KernelsView({ state: { backends, kernels } }: { readonly state: AppState }) {
  useEffect(() => {
    void kernels.look();
  }, [kernels]);
  const backend = oneBackend(backends, kernels.backend.value);
  const status = kernels.status.value;
  const isRunning = status.kind === "running";
  const tried = [...kernels.trials.value].map(([name, trials]) => ({ name, ran: true, trials }));
  return (
    <>
      <p class="lead">
        A product is computed in tiles of sums that stay in registers. Which tile is the fastest
        depends on the machine and the browser, so backends try some of them. Here they do it when
        you ask.
      </p>
      <TaskForm
        start="Try its kernels"
        isRunning={isRunning}
        isReady={backend !== ""}
        onStart={() => {
          const { threads, modules } = backends;
          return kernels.start({ backend, threads: threads.value, modules: modules.value });
        }}
        onStop={() => kernels.stop()}
      >
        <fieldset disabled={isRunning}>
          <legend class="unseen">Whose kernels</legend>
          <div class="fields">
            <BackendSelect
              backends={backends}
              value={backend}
              onChange={(name) => {
                kernels.backend.value = name;
              }}
            />
          </div>
        </fieldset>
      </TaskForm>
      <p role="status" class={status.kind === "failed" ? "bad" : undefined}>
        {inWords(status)}
      </p>
      <div class="report">
        <Section title="Measured here" shown={tried.length > 0}>
          <div class="pictures">
            <TileMap backends={tried} />
          </div>
        </Section>
        <Section title="What WebGPU's tiles would reach" shown={kernels.models.value.length > 0}>
          <TileModels models={kernels.models.value} />
        </Section>
      </div>
    </>
  );
}

function inWords(status: KernelsStatus): string {
  switch (status.kind) {
    case "idle":
      return "Nothing has been tried yet.";
    case "running":
      return "Trying …";
    case "stopped":
      return "Stopped.";
    case "done":
      return "Done.";
    case "failed":
      return `It could not go on: ${status.message}.`;
  }
}
