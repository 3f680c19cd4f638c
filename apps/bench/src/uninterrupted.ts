/** What ends a process from outside. */
export const interrupts = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/**
 * Does short work to its end even when the process is told to end meanwhile; then it ends as it
 * would have. Everywhere else a signal ends the process at once, in the midst of a long kernel too:
 * a handler would have to wait until that returns.
 */
export async function uninterrupted<T>(work: () => Promise<T>): Promise<T> {
  let held: NodeJS.Signals | undefined;
  const hold = (signal: NodeJS.Signals): void => {
    held = signal;
  };
  for (const signal of interrupts) process.on(signal, hold);
  try {
    return await work();
  } finally {
    for (const signal of interrupts) process.off(signal, hold);
    if (held !== undefined) process.kill(process.pid, held);
  }
}
