import { interrupts } from "../uninterrupted.js";

/** Milliseconds after which the process ends even though `end` is not done. */
const patience = 3000;

/**
 * Does work of which something outside of this process must be ended with it: a signal first does
 * `end` and only then ends the process, as it would have.
 */
export async function endedBySignals<T>(
  end: () => Promise<unknown>,
  work: () => Promise<T>,
): Promise<T> {
  let ending: Promise<never> | undefined;
  const onSignal = (signal: NodeJS.Signals): void => {
    // Ctrl-C reaches a program that npm has started more than once.
    ending ??= endBy(signal);
  };
  const forget = (): void => {
    for (const signal of interrupts) process.off(signal, onSignal);
  };
  const endBy = async (signal: NodeJS.Signals): Promise<never> => {
    const limit = new Promise((resolve) => setTimeout(resolve, patience));
    await Promise.race([end().catch(() => undefined), limit]);
    forget();
    process.kill(process.pid, signal);
    return new Promise<never>(() => undefined);
  };
  for (const signal of interrupts) process.on(signal, onSignal);
  try {
    return await work();
  } catch (error) {
    // What breaks because of the end is no news.
    if (ending !== undefined) return await ending;
    throw error;
  } finally {
    forget();
  }
}
