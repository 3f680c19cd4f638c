import type { Backend } from "@blk/core";
import type { FashionMnist } from "../data/fashion-mnist.js";
import type { When } from "./bench-case.js";
import {
  learnedTooLittle,
  type TrainingResult,
  trainFashionMnist,
  wholeTraining,
} from "./fashion-mnist.js";
import { networkTrainings } from "./networks.js";

/** What a training is told. */
export interface TrainingLimits {
  /** Images that a training sees that every run includes. */
  readonly images: number;
  /** Seconds after which it ends. */
  readonly seconds: number;
  readonly onEpoch: (epoch: number, epochs: number) => void;
}

/** A network that learns from real data, from its first step to its held-out accuracy. */
export interface Training {
  readonly id: string;
  readonly label: string;
  /** `asked`: it takes minutes, so only runs that name it include it. */
  readonly when: Extract<When, "always" | "asked">;
  run(backend: Backend, data: FashionMnist, limits: TrainingLimits): Promise<TrainingResult>;
  /** What is wrong with a result, or `undefined`. */
  problem(result: TrainingResult, limits: TrainingLimits, data: FashionMnist): string | undefined;
}

/** Every training, the proof that blocks alone suffice first. */
export function trainings(): readonly Training[] {
  return [byBlocksAlone, ...networkTrainings()];
}

const byBlocksAlone: Training = {
  id: "workload/fashion-mnist",
  label: "784-128-10 network on Fashion-MNIST, momentum, batch 128",
  when: "always",
  run: trainFashionMnist,
  problem: (result, { images }) => learnedTooLittle(result, images >= wholeTraining),
};
