import type { CaseRequest } from "../state/case-choice.js";
import type { AppState } from "../state/state.js";
import { BackendChoice } from "./backend-choice.js";
import { CaseChoice } from "./case-choice.js";
import { LiveReport } from "./live-report.js";
import { RunProgress } from "./run-progress.js";
import { RunTally } from "./run-tally.js";

/** Choose backends and cases, run them, watch. */
export function RunView({ state }: { readonly state: AppState }) {
  const { backends, cases, run } = state;
  const isRunning = run.status.value.kind === "running";
  const request = (): CaseRequest => {
    const { quick, pattern, sizes, peers } = cases;
    const cleaned = pattern.value.trim();
    const options = {
      ...{ quick: quick.value, peers: peers.value, backends: backends.chosen.value },
      ...(cleaned !== "" && { cases: cleaned }),
      threads: backends.threads.value,
    };
    return { options, ...(sizes.value.length > 0 && { sizes: sizes.value }) };
  };
  return (
    <>
      <p class="lead">
        One suite for every backend: is it right, and how fast is it on this machine?
      </p>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void run.start({ ...request(), modules: backends.modules.value });
        }}
      >
        <BackendChoice state={backends} disabled={isRunning} />
        <CaseChoice choice={cases} request={request} disabled={isRunning} />
        <div class="actions">
          <button
            type="submit"
            class="primary"
            disabled={isRunning || backends.chosen.value.length === 0}
          >
            Run
          </button>
          <button type="button" disabled={!isRunning} onClick={() => run.stop()}>
            Stop
          </button>
        </div>
      </form>
      <RunProgress run={run} />
      <RunTally run={run} />
      <LiveReport report={run.report.value} isRunning={isRunning} />
    </>
  );
}
