import type { FashionMnist, LabelledImages } from "../data/fashion-mnist.js";
import { pngOf } from "./png.js";

// What a network makes of images: computed on the host, from its scores.

/** How far a network was from right, at one moment of its training. */
export interface LossPoint {
  /** Images that it had learned from. */
  readonly images: number;
  /** Mean cross-entropy: of the batch that came next, or of the epoch so far. */
  readonly loss: number;
}

/** An image that a network names wrongly. */
export interface Mistake {
  /** PNG, in base64. */
  readonly png: string;
  /** What it shows. */
  readonly label: string;
  readonly guess: string;
}

const side = 28;
const mostMistakes = 12;
/** Points of a curve, about. */
const pointsOfCurve = 48;

/** Whether the curve of a training on `total` images is to have a point here. */
export function isDue(losses: readonly LossPoint[], images: number, total: number): boolean {
  const last = losses.at(-1);
  return last === undefined || images - last.images >= total / pointsOfCurve;
}

/** Mean over the rows of `scores` of −ln softmax at the row's label, an index of a column. */
export function crossEntropy(scores: ArrayLike<number>, labels: ArrayLike<number>): number {
  const cols = scores.length / labels.length;
  let sum = 0;
  for (let i = 0; i < labels.length; i++) {
    const row = Array.from({ length: cols }, (_, j) => scores[i * cols + j] as number);
    // Taken off first, so that no exponential overflows.
    const most = Math.max(...row);
    const total = row.reduce((all, score) => all + Math.exp(score - most), 0);
    sum += most + Math.log(total) - (row[labels[i] as number] as number);
  }
  return sum / labels.length;
}

/** Share of the guesses, of the first images, that are their labels; NaN of none. */
export function shareOfRight(guesses: ArrayLike<number>, labels: ArrayLike<number>): number {
  return Array.from(guesses).filter((guess, i) => guess === labels[i]).length / guesses.length;
}

/** The first images whose class is not the one that was guessed. */
export function mistakesOf(
  { images, labels }: LabelledImages,
  guesses: ArrayLike<number>,
  classNames: FashionMnist["classNames"],
): readonly Mistake[] {
  const nameOf = (number: number | undefined): string => classNames[number ?? -1] ?? "none of them";
  return Array.from(guesses, (guess, i) => ({ guess, i }))
    .filter(({ guess, i }) => guess !== labels[i])
    .slice(0, mostMistakes)
    .map(({ guess, i }) => ({
      png: pngOf(images.subarray(i * side * side, (i + 1) * side * side), side, side),
      label: nameOf(labels[i]),
      guess: nameOf(guess),
    }));
}
