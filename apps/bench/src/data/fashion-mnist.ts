import { join } from "node:path";
import { benchFolder } from "../bench-folder.js";
import {
  bundledSplit,
  type ImageFiles,
  parseImages,
  splitOf,
  testFiles,
  trainFiles,
} from "./image-files.js";
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
  return splitOf("full", train, test);
}

async function loadBundled(directory: string): Promise<FashionMnist> {
  const remedy = "restore the file from the repository";
  return bundledSplit(await loadPair(directory, testFiles, remedy, sha256));
}

async function loadPair(
  directory: string,
  files: ImageFiles,
  remedy: string,
  checksums: Readonly<Record<string, string>> = {},
): Promise<LabelledImages> {
  const load = (name: string): ReturnType<typeof readMaybeGzip> => {
    const checksum = checksums[name];
    return readMaybeGzip({
      ...{ directory, name, remedy },
      ...(checksum !== undefined && { sha256: checksum }),
    });
  };
  const [images, labels] = await Promise.all([load(files.images), load(files.labels)]);
  return parseImages(images, labels, files.count, remedy);
}
