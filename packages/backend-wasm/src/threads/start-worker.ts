import { hasNodeBuiltins, importNodeBuiltin, nodeBuiltin } from "./node-builtins.js";
import { nodeWorkerSource, pageWorkerSource, type WorkerStart } from "./worker-source.js";

/** A worker that was started. */
export interface WorkerHandle {
  /** Ends it, whatever it does; resolves when that is done, as far as one can know. */
  stop(): Promise<void>;
}

/**
 * Starts a worker, and does not wait for it: that it is up shows in its record. `gone` is called
 * when it has ended, or could not begin. Throws where there can be no workers.
 */
export type StartWorker = (start: WorkerStart, gone: (reason: string) => void) => WorkerHandle;

/** The part of `node:worker_threads` that is used here. */
interface WorkerThreads {
  readonly Worker: new (source: string, options: object) => NodeWorker;
}

interface NodeWorker {
  on(event: "error", listener: (error: unknown) => void): void;
  on(event: "exit", listener: (code: number) => void): void;
  unref(): void;
  terminate(): Promise<number>;
}

/** Starts a worker in the way of the place where this runs. */
export const startWorker: StartWorker = (start, gone) =>
  hasNodeBuiltins() ? startNodeWorker(start, gone) : startPageWorker(start, gone);

const startNodeWorker: StartWorker = (start, gone) => {
  const name = "node:worker_threads";
  let worker: NodeWorker | undefined;
  let stopped = false;
  const begin = ({ Worker }: WorkerThreads): void => {
    if (stopped) return;
    // Preloaded modules and loaders of the program are none of this worker's business.
    const options = { eval: true, workerData: start, execArgv: [], name: "blk" };
    worker = new Worker(nodeWorkerSource, options);
    worker.on("error", (error) => gone(String(error)));
    worker.on("exit", (code) => gone(`it ended with exit code ${code}`));
    // It must not keep the process alive.
    worker.unref();
  };
  const threads = nodeBuiltin<WorkerThreads>(name);
  if (threads !== undefined) begin(threads);
  else {
    importNodeBuiltin<WorkerThreads>(name)
      .then(begin)
      .catch((error: unknown) => gone(String(error)));
  }
  return {
    async stop() {
      stopped = true;
      await worker?.terminate();
    },
  };
};

const startPageWorker: StartWorker = (start, gone) => {
  const url = URL.createObjectURL(new Blob([pageWorkerSource], { type: "text/javascript" }));
  try {
    const worker = new Worker(url, { name: "blk" });
    worker.onerror = (event) => {
      event.preventDefault();
      gone(event.message || contentSecurityPolicy);
    };
    worker.postMessage(start);
    return {
      async stop() {
        worker.terminate();
        URL.revokeObjectURL(url);
      },
    };
  } catch (error) {
    URL.revokeObjectURL(url);
    throw error;
  }
};

/** What an error without a message means where a worker is loaded. */
const contentSecurityPolicy =
  "the page may forbid it; add worker-src blob: to its Content-Security-Policy";
