/** Milliseconds of work between two turns. */
const pause = 50;

/**
 * A function to be awaited between pieces of work: now and then it lets what else waits have its turn,
 * such as a message to this worker. Without it, work that never waits for a timer is deaf.
 */
export function turnTaker(now: () => number = () => performance.now()): () => Promise<void> {
  let last = now();
  return async () => {
    if (now() - last < pause) return;
    await new Promise((resolve) => setTimeout(resolve, 0));
    last = now();
  };
}
