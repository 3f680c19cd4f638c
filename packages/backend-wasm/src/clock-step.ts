/** Steps that are watched: one during which the engine was away would look larger. */
const steps = 3;
/** Readings of a clock that stands still, of 25 ns or more each, after which it is left. */
const mostReadings = 20_000;

/**
 * Milliseconds by which `performance.now()` moves on: less than 0.001 in Node, 0.005 in pages that are
 * cross-origin isolated, 0.1 to 100 in others. Infinity where it stands still for half a millisecond,
 * as it may from 0.5 on, or for good.
 */
export function clockStep(): number {
  let least = Number.POSITIVE_INFINITY;
  for (let step = 0; step < steps; step++) {
    const start = performance.now();
    let now = start;
    for (let reading = 0; now === start; reading++) {
      if (reading === mostReadings) return Number.POSITIVE_INFINITY;
      now = performance.now();
    }
    least = Math.min(least, now - start);
  }
  return least;
}
