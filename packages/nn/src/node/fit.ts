import { checkOptions } from "@blk/core";
import type { Data } from "../fit/data.js";
import { fit as fitAnywhere } from "../fit/fit.js";
import type { FitOptions, FitResult, Model } from "../fit/options.js";
import { checkPath } from "./check-path.js";
import { checkpointFile } from "./checkpoint-file.js";
import { type ProgressStream, progressBar } from "./progress-bar.js";

/** Options of {@link fit}. */
export interface NodeFitOptions extends Omit<FitOptions, "checkpoint"> {
  /** The file in which the run is saved, and from which it goes on if it is there. */
  readonly checkpoint?: string;
  /** Seconds after which to save again. Default 30. */
  readonly saveEverySeconds?: number;
  /** Steps after which to save again; instead of by the clock. */
  readonly saveEverySteps?: number;
  /** Where progress is shown; `false` for nowhere. Default: `process.stderr`. */
  readonly progress?: ProgressStream | false;
}

/**
 * {@link fitAnywhere} in a terminal: a bar with loss, accuracy and the time that is left (elsewhere, a
 * line for each epoch); Ctrl-C stops after the step in progress, saves if there is a path to save to,
 * and says how to go on; a second Ctrl-C ends the process at once. It listens to Ctrl-C only while it
 * runs.
 *
 * ```ts
 * import { fit } from "@blk/nn/node";
 *
 * const { stopped } = await fit(model, data, { …, checkpoint: "run.safetensors" });
 * ```
 */
export async function fit(model: Model, data: Data, options: NodeFitOptions): Promise<FitResult> {
  checkOptions("fit", options, "{ epochs, batchSize, optimiser, loss, random }");
  const { checkpoint: path, saveEverySeconds, saveEverySteps, progress, ...rest } = options;
  if (path !== undefined) checkPath("fit, checkpoint", path);
  const bar = progress === false ? undefined : progressBar(progress ?? process.stderr);
  const controller = new AbortController();
  const forward = (): void => controller.abort(options.signal?.reason);
  if (options.signal?.aborted) forward();
  options.signal?.addEventListener("abort", forward);
  const interrupt = (): void => {
    // From now on Ctrl-C does what it does anywhere.
    process.off("SIGINT", interrupt);
    bar?.say("Stopping after this step. Ctrl-C again ends at once.");
    controller.abort();
  };
  process.on("SIGINT", interrupt);
  try {
    const result = await fitAnywhere(model, data, {
      ...rest,
      signal: controller.signal,
      ...(path !== undefined && {
        checkpoint: {
          store: checkpointFile(path),
          ...(saveEverySeconds !== undefined && { everySeconds: saveEverySeconds }),
          ...(saveEverySteps !== undefined && { everySteps: saveEverySteps }),
        },
      }),
      onProgress: (now) => {
        bar?.show(now);
        options.onProgress?.(now);
      },
    });
    if (result.stopped) bar?.say(howToGoOn(result, path));
    return result;
  } finally {
    bar?.end();
    process.off("SIGINT", interrupt);
    options.signal?.removeEventListener("abort", forward);
  }
}

function howToGoOn({ steps }: FitResult, path: string | undefined): string {
  if (path === undefined) {
    return `Stopped after ${steps} steps; nothing is saved. Give fit a checkpoint, as in { checkpoint: "run.safetensors" }, to be able to go on.`;
  }
  return `Stopped after ${steps} steps, saved to ${path}. To go on, start the same program again; to start anew, remove that file.`;
}
