import type { Emit } from "../events.js";
import { UsageError } from "../usage-error.js";
import { finishing, type Question, type Reply, type TaskName, type Tasks } from "./worker/tasks.js";

/** A question under way. */
export interface Asked<Answer> {
  /** Rejects with a `UsageError` where the request cannot be met. Never settles after `stop`. */
  readonly answer: Promise<Answer>;
  /** Asks it to end soon; the answer is then of what was done. */
  finish(): void;
  /** Ends the worker at once, in the midst of a kernel too. */
  stop(): void;
}

/** Asks a worker of its own, which ends with its answer. */
export function askWorker<Name extends TaskName>(
  task: Name,
  request: Tasks[Name]["request"],
  emit: Emit = () => undefined,
): Asked<Tasks[Name]["answer"]> {
  const worker = new Worker(new URL("./worker/worker.ts", import.meta.url), {
    type: "module",
    name: `bench ${task}`,
  });
  const answer = new Promise<Tasks[Name]["answer"]>((resolve, reject) => {
    worker.onerror = (event) => {
      event.preventDefault();
      reject(
        new Error(event.message || "the worker of this page cannot be loaded; reload the page"),
      );
    };
    worker.onmessage = ({ data }: MessageEvent<Reply>) => {
      if (data.kind === "events") for (const event of data.events) emit(event);
      else if (data.kind === "done") resolve(data.answer as Tasks[Name]["answer"]);
      else if (data.kind === "refused") reject(new UsageError(data.message));
      else reject(new Error(data.message));
    };
  });
  const question = { task, request } as Question;
  worker.postMessage(question);
  const stop = (): void => worker.terminate();
  const finish = (): void => worker.postMessage(finishing);
  return { answer: answer.finally(stop), finish, stop };
}
