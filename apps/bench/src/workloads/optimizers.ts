import { BlockMatrix, expr, map, scope } from "@blk/core";
import { trainingConstants } from "../peers/peer.js";
import { combine, freeNetwork, type Network } from "./network.js";

/** What training changes: the network, and what its optimiser remembers of earlier gradients. */
export interface TrainingState {
  readonly network: Network;
  /** Of momentum the velocity; of Adam the mean of the gradients, and of their squares. */
  readonly moments: readonly Network[];
}

/** Gradient descent with momentum: v ← 0.9·v + g, w ← w − rate·v. `rate` is 1×1. */
export function momentumStep(
  { network, moments }: TrainingState,
  gradient: Network,
  rate: BlockMatrix,
): TrainingState {
  const [velocity] = moments as readonly [Network];
  const faster = combine([velocity, gradient], (v, g) =>
    map([v!, g!], (v, g) => expr.add(expr.mul(trainingConstants.momentum, v), g)),
  );
  const better = combine([network, faster], (w, v) =>
    map([w!, v!, rate], (w, v, rate) => expr.sub(w, expr.mul(rate, v))),
  );
  return { network: better, moments: [faster] };
}

/**
 * Adam (Kingma & Ba, 2015): m ← β₁·m + (1 − β₁)·g, s ← β₂·s + (1 − β₂)·g²,
 * w ← w − rate·m̂ / (√ŝ + ε), m̂ and ŝ being m / (1 − β₁ᵗ) and s / (1 − β₂ᵗ) in step t, from 1 on.
 */
export function adamStep(
  { network, moments }: TrainingState,
  gradient: Network,
  rate: number,
  t: number,
): TrainingState {
  const { beta1, beta2, epsilon } = trainingConstants;
  return scope(() => {
    const [mean, square] = moments as readonly [Network, Network];
    const { backend, dtype } = (network[0] as Network[number]).weights;
    // As data, for a constant would make another function of every step.
    const one = (value: number): BlockMatrix =>
      BlockMatrix.full(backend, value, { rows: 1, cols: 1, dtype });
    const [meanScale, squareScale] = [one(1 / (1 - beta1 ** t)), one(1 / (1 - beta2 ** t))];
    const newMean = combine([mean, gradient], (m, g) =>
      map([m!, g!], (m, g) => expr.add(expr.mul(beta1, m), expr.mul(1 - beta1, g))),
    );
    const newSquare = combine([square, gradient], (s, g) =>
      map([s!, g!], (s, g) => expr.add(expr.mul(beta2, s), expr.mul(expr.mul(1 - beta2, g), g))),
    );
    const better = combine([network, newMean, newSquare], (w, m, s) =>
      map([w!, m!, s!, meanScale, squareScale], (w, m, s, meanScale, squareScale) => {
        const root = expr.add(expr.sqrt(expr.mul(s, squareScale)), epsilon);
        return expr.sub(w, expr.mul(rate, expr.div(expr.mul(m, meanScale), root)));
      }),
    );
    return { network: better, moments: [newMean, newSquare] };
  });
}

export function freeState({ network, moments }: TrainingState): void {
  for (const each of [network, ...moments]) freeNetwork(each);
}
