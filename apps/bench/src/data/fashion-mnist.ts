import { join } from "node:path";
import { BlkError } from "@blk/core";
import { benchFolder } from "../bench-folder.js";
import { type IdxArray, parseIdx } from "./idx.js";
import { findMaybeGzip, readMaybeGzip } from "./read-maybe-gzip.js";

/** Images and what they show. */
export interface LabelledImages {
  /** `count`×784 pixels, each image its 28 rows from the top, 0 (background) to 255. */
  readonly images: Uint8Array;
  /** One class number from 0 to 9 per image. */
  readonly labels: Uint8Array;
  readonly count: number;
}

export interface FashionMnist {
  readonly train: LabelledImages;
  /** Held out: nothing in it is in `train`. */
  readonly test: LabelledImages;
  /** Which data this is, for reports: the split and its sizes. */
  readonly source: string;
  /** The name of each class number. */
  readonly classNames: readonly string[];
}

export interface FashionMnistOptions {
  /**
   * - `"full"`: 60,000 images to train and 10,000 to test, which must be installed.
   * - `"bundled"`: the 10,000 images beside this app, the first 8,000 to train, the others to test.
   * - `"auto"`: the full data where all of its files are installed, the bundled data elsewhere.
   *
   * Default `"auto"`, and `"full"` when `directory` is given.
   */
  readonly split?: "auto" | "full" | "bundled";
  /** Where the four files of the full data lie, gzip-compressed or not. Default: Debian's folder. */
  readonly directory?: string;
  /** Where the two bundled files lie. Default: this app's `data/fashion-mnist`. */
  readonly bundledDirectory?: string;
}

/** The folder into which Debian's package `dataset-fashion-mnist` puts the full data. */
export const debianDirectory: string = "/usr/share/datasets/fashion-mnist";

const pixels = 28 * 28;
const bundledTrainCount = 8_000;

const classNames: readonly string[] = [
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

interface Files {
  readonly images: string;
  readonly labels: string;
  readonly count: number;
}

const trainFiles: Files = {
  images: "train-images-idx3-ubyte",
  labels: "train-labels-idx1-ubyte",
  count: 60_000,
};
const testFiles: Files = {
  images: "t10k-images-idx3-ubyte",
  labels: "t10k-labels-idx1-ubyte",
  count: 10_000,
};

/** Of the bundled `.gz` files. */
const sha256: Readonly<Record<string, string>> = {
  [testFiles.images]: "cc1d090a38ace84dfa1aa66e3ada7c336ef481a96936906477e6dd344da56eaa",
  [testFiles.labels]: "8d3605d196f4be44669e46906da9733c8131fef761fdbfec72c424d5222f1a05",
};

/**
 * Loads Fashion-MNIST (Xiao, Rasul, Vollgraf 2017; MIT).
 *
 * @throws BlkError `DATA` when a file is missing, truncated or corrupt; the message names it and
 *   says what to do. Nothing falls back silently: `"auto"` looks only at which files are there.
 * @example
 * const { train, classNames } = await loadFashionMnist();
 * classNames[train.labels[0]!];   // what the first image shows
 */
export async function loadFashionMnist(options: FashionMnistOptions = {}): Promise<FashionMnist> {
  const split = options.split ?? (options.directory === undefined ? "auto" : "full");
  const directory = options.directory ?? debianDirectory;
  const full = split === "full" || (split === "auto" && isInstalled(directory));
  if (full) return loadFull(directory);
  return loadBundled(options.bundledDirectory ?? join(benchFolder(), "data", "fashion-mnist"));
}

function isInstalled(directory: string): boolean {
  return [trainFiles, testFiles]
    .flatMap(({ images, labels }) => [images, labels])
    .every((name) => findMaybeGzip(directory, name) !== undefined);
}

async function loadFull(directory: string): Promise<FashionMnist> {
  const remedy = "install Debian's dataset-fashion-mnist (again), or use the bundled split";
  const [train, test] = await Promise.all([
    loadPair(directory, trainFiles, remedy),
    loadPair(directory, testFiles, remedy),
  ]);
  return { train, test, source: describe("full", train, test), classNames };
}

async function loadBundled(directory: string): Promise<FashionMnist> {
  const remedy = "restore the file from the repository";
  const all = await loadPair(directory, testFiles, remedy, sha256);
  const train = part(all, 0, bundledTrainCount);
  const test = part(all, bundledTrainCount, all.count);
  return { train, test, source: describe("bundled", train, test), classNames };
}

async function loadPair(
  directory: string,
  files: Files,
  remedy: string,
  checksums: Readonly<Record<string, string>> = {},
): Promise<LabelledImages> {
  const load = async (name: string, shape: readonly number[]): Promise<IdxArray> => {
    const checksum = checksums[name];
    const { path, bytes } = await readMaybeGzip({
      directory,
      name,
      remedy,
      ...(checksum !== undefined && { sha256: checksum }),
    });
    return parseIdx(bytes, { file: path, remedy, shape });
  };
  const [images, labels] = await Promise.all([
    load(files.images, [files.count, 28, 28]),
    load(files.labels, [files.count]),
  ]);
  const strange = labels.data.findIndex((label) => label >= classNames.length);
  if (strange >= 0) {
    const file = join(directory, files.labels);
    throw new BlkError(
      "DATA",
      `${file}: label ${strange} is ${labels.data[strange]}, expected 0 to 9; ${remedy}`,
      { details: { file, index: strange } },
    );
  }
  return { images: images.data, labels: labels.data, count: files.count };
}

function part(all: LabelledImages, start: number, end: number): LabelledImages {
  return {
    images: all.images.subarray(start * pixels, end * pixels),
    labels: all.labels.subarray(start, end),
    count: end - start,
  };
}

function describe(split: string, train: LabelledImages, test: LabelledImages): string {
  return `Fashion-MNIST, ${split} split: ${train.count} to train, ${test.count} held out`;
}
