import type { Emit } from "../../events.js";
import { messageOf } from "../../message-of.js";
import { UsageError } from "../../usage-error.js";
import { gathered } from "./gathered.js";
import { finishing, type Question, type Reply, type TaskName, type Tasks } from "./tasks.js";

// Everything that takes longer than a moment runs here, so that the page answers at once.

type Handler<Name extends TaskName> = (
  request: Tasks[Name]["request"],
  emit: Emit,
  signal: AbortSignal,
) => Promise<Tasks[Name]["answer"]>;

/** Loaded only where they are asked for. */
const handlers: { readonly [Name in TaskName]: () => Promise<Handler<Name>> } = {
  detect: async () => (await import("./detect.js")).detect,
  count: async () => (await import("./count.js")).count,
  trainings: async () => (await import("./train.js")).trainings,
  train: async () => (await import("./train.js")).train,
  kernels: async () => (await import("./kernels.js")).kernels,
  models: async () => (await import("./kernels.js")).models,
  run: async () => (await import("./run.js")).runTask,
};

const end = new AbortController();

addEventListener("message", ({ data }: MessageEvent<Question | typeof finishing>) => {
  if (data === finishing) end.abort();
  else void answer(data);
});

async function answer({ task, request }: Question): Promise<void> {
  const reply = (message: Reply): void => postMessage(message);
  const events = gathered((events) => reply({ kind: "events", events }));
  try {
    const handler = (await handlers[task]()) as Handler<TaskName>;
    const answer = await handler(request, events.emit, end.signal);
    events.flush();
    reply({ kind: "done", answer });
  } catch (error) {
    events.flush();
    const kind = error instanceof UsageError ? "refused" : "failed";
    reply({ kind, message: messageOf(error) });
  }
}
