import type { CaseRequest } from "../state/case-choice.js";
import type { AppState } from "../state/state.js";
import { BackendChoice } from "./backend-choice.js";
import { CaseChoice } from "./case-choice.js";
import { LiveReport } from "./live-report.js";
import { RunProgress } from "./run-progress.js";
import { RunTally } from "./run-tally.js";
import { TaskForm } from "./task-form.js";

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
      <TaskForm
        start="Run"
        isRunning={isRunning}
        isReady={backends.chosen.value.length > 0}
        onStart={() => run.start({ ...request(), modules: backends.modules.value })}
        onStop={() => run.stop()}
      >
        <BackendChoice state={backends} disabled={isRunning} />
        <CaseChoice choice={cases} request={request} disabled={isRunning} />
      </TaskForm>
      <RunProgress run={run} />
      <RunTally run={run} />
      <LiveReport report={run.report.value} isRunning={isRunning} />
    </>
  );
}
