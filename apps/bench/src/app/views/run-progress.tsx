import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { bytes } from "../../print-units.js";
import type { LiveMemory, RunState, RunStatus } from "../state/run.js";

/** What runs now and how far it has come; what a screen reader hears is only each new part. */
export function RunProgress({ run }: { readonly run: RunState }) {
  const status = run.status.value;
  const { part, label, done, total } = run.progress.value ?? {};
  const isRunning = status.kind === "running";
  return (
    <section class="progress" aria-label="Progress">
      <p class={status.kind === "failed" ? "bad" : undefined} role="status">
        {isRunning ? `Measuring ${part} …` : statusInWords(status)}
      </p>
      {isRunning ? (
        <>
          <progress aria-label={`Progress of ${part}`} max={total ?? 1} value={done} />
          <p class="step quiet">
            <span>{label}</span>
            <span>
              {total === undefined ? null : `${(done ?? 0) + 1} of ${total} · `}
              <Elapsed />
            </span>
          </p>
          <Memory memory={run.memory.value} />
        </>
      ) : null}
    </section>
  );
}

function statusInWords(status: RunStatus): string {
  switch (status.kind) {
    case "done":
      return "Done. What was found is below.";
    case "stopped":
      return "Stopped. What was found until then is below.";
    case "failed":
      return `This run could not go on: ${status.message}.`;
    default:
      return "";
  }
}

function Memory({ memory }: { readonly memory: LiveMemory | undefined }) {
  if (memory === undefined) return null;
  const { backend, live, peak } = memory;
  return (
    <p class="step quiet">
      Memory of {backend}: {bytes(live)} in the last case, {bytes(peak)} at most.
    </p>
  );
}

function Elapsed() {
  const seconds = useSignal(0);
  useEffect(() => {
    const start = performance.now();
    const timer = setInterval(() => {
      seconds.value = Math.floor((performance.now() - start) / 1000);
    }, 500);
    return () => clearInterval(timer);
  }, [seconds]);
  return <>{seconds.value} s</>;
}
