import type { BenchEvent, Emit } from "./events.js";
import { UsageError } from "./usage-error.js";

/** Seconds without news after which a run is given up: far more than any step takes. */
const patience = 120;

/**
 * Does the work that tells of its steps through the `emit` that it is given; rejects with a
 * `UsageError` that names the last step where none was told for `seconds`: a backend that never
 * answers, while its threads or timers keep the process alive, must not keep the bench for ever.
 */
export async function watched<T>(
  emit: Emit,
  work: (emit: Emit) => Promise<T>,
  seconds: number = patience,
): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let last = "the start";
  const silence = new Promise<never>((_, reject) => {
    const wait = (): void => {
      clearTimeout(timer);
      timer = setTimeout(() => {
        const message = `${last} did not answer for ${seconds} s; leave that backend out with --backends, or choose other cases with --cases`;
        reject(new UsageError(message));
      }, seconds * 1000);
      // Where nothing else is left to wait for, that is said at once.
      timer.unref();
    };
    wait();
    const told = emit;
    emit = (event: BenchEvent): void => {
      if (event.kind === "step") last = `${event.part}, ${event.label},`;
      wait();
      told(event);
    };
  });
  try {
    return await Promise.race([work(emit), silence]);
  } finally {
    clearTimeout(timer);
  }
}
