import { BlkError } from "@blk/core";
import type { FashionMnist, LabelledImages } from "./fashion-mnist.js";
import { parseIdx } from "./idx.js";

// What the files of Fashion-MNIST hold, wherever their bytes come from.

/** A file of images and one of their labels. */
export interface ImageFiles {
  readonly images: string;
  readonly labels: string;
  readonly count: number;
}

export const trainFiles: ImageFiles = {
  images: "train-images-idx3-ubyte",
  labels: "train-labels-idx1-ubyte",
  count: 60_000,
};
/** These are bundled with this app. */
export const testFiles: ImageFiles = {
  images: "t10k-images-idx3-ubyte",
  labels: "t10k-labels-idx1-ubyte",
  count: 10_000,
};

export const classNames: readonly string[] = [
  "T-shirt/top",
  "Trouser",
  "Pullover",
  "Dress",
  "Coat",
  "Sandal",
  "Shirt",
  "Sneaker",
  "Bag",
  "Ankle boot",
];

const pixels = 28 * 28;
const bundledTrainCount = 8_000;

/** A file's bytes, uncompressed, and how messages name it. */
export interface NamedBytes {
  readonly path: string;
  readonly bytes: Uint8Array;
}

/** @throws BlkError `DATA` where the bytes are not such files; `remedy` says what to do. */
export function parseImages(
  images: NamedBytes,
  labels: NamedBytes,
  count: number,
  remedy: string,
): LabelledImages {
  const parse = ({ path: file, bytes }: NamedBytes, shape: readonly number[]): Uint8Array =>
    parseIdx(bytes, { file, remedy, shape }).data;
  const parsed = { images: parse(images, [count, 28, 28]), labels: parse(labels, [count]), count };
  const strange = parsed.labels.findIndex((label) => label >= classNames.length);
  if (strange >= 0) {
    const file = labels.path;
    throw new BlkError(
      "DATA",
      `${file}: label ${strange} is ${parsed.labels[strange]}, expected 0 to 9; ${remedy}`,
      { details: { file, index: strange } },
    );
  }
  return parsed;
}

/** The bundled images: the first 8,000 to train, the others to test. */
export function bundledSplit(all: LabelledImages): FashionMnist {
  return splitOf(
    "bundled",
    part(all, 0, bundledTrainCount),
    part(all, bundledTrainCount, all.count),
  );
}

export function splitOf(split: string, train: LabelledImages, test: LabelledImages): FashionMnist {
  const source = `Fashion-MNIST, ${split} split: ${train.count} to train, ${test.count} held out`;
  return { train, test, source, classNames };
}

function part(all: LabelledImages, start: number, end: number): LabelledImages {
  return {
    images: all.images.subarray(start * pixels, end * pixels),
    labels: all.labels.subarray(start, end),
    count: end - start,
  };
}
