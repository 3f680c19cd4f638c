import { type Backend, BlockMatrix } from "@blk/core";
import { type SingularValueDecomposition, svd } from "@blk/linalg";
import type { LabelledImages } from "../data/fashion-mnist.js";
import type { FloatType } from "./bench-case.js";
import { pngOf } from "./png.js";

/** A picture of a small rank. */
export interface CompressedPicture {
  readonly rank: number;
  /** Frobenius norm of the difference over that of the picture. */
  readonly error: number;
  /** The least that any matrix of this rank can have, by the singular values left out. */
  readonly leastError: number;
  /** Numbers that are kept over those of the picture. */
  readonly share: number;
  /** PNG, in base64. */
  readonly png: string;
}

/** A picture, and what the largest singular values keep of it. */
export interface CompressionResult {
  readonly rows: number;
  readonly cols: number;
  /** Of the decomposition. */
  readonly seconds: number;
  /** PNG, in base64. */
  readonly png: string;
  readonly pictures: readonly CompressedPicture[];
}

export const ranks: readonly number[] = [2, 5, 10, 20];

const side = 28;
/** Images in a row and in a column of the picture. */
const across = 8;

/** Real pictures side by side, 224×224 in all, taken apart by singular values. */
export async function compress(
  backend: Backend,
  images: LabelledImages,
): Promise<CompressionResult> {
  const size = across * side;
  const dtype: FloatType = backend.capabilities.dtypes.includes("f64") ? "f64" : "f32";
  const pixels = sheetOf(images);
  const a = BlockMatrix.fromArray(backend, pixels, { rows: size, cols: size, dtype });
  let decomposition: SingularValueDecomposition | undefined;
  try {
    const start = performance.now();
    decomposition = await svd(a);
    await backend.finish();
    const seconds = (performance.now() - start) / 1000;
    const values = await decomposition.s.toArray();
    const pictures: CompressedPicture[] = [];
    for (const rank of ranks) {
      const approximation = decomposition.approximation(rank);
      const near = await approximation.toArray();
      approximation.dispose();
      pictures.push({
        rank,
        error: norm(near.map((value, i) => value - (pixels[i] as number))) / norm(pixels),
        leastError: norm(values.subarray(rank)) / norm(values),
        share: (rank * (2 * size + 1)) / size ** 2,
        png: pngOf(near, size, size),
      });
    }
    return { rows: size, cols: size, seconds, png: pngOf(pixels, size, size), pictures };
  } finally {
    decomposition?.dispose();
    a.dispose();
  }
}

/** The first images, row by row. */
function sheetOf({ images }: LabelledImages): Float64Array {
  const size = across * side;
  const sheet = new Float64Array(size * size);
  for (let y = 0; y < size; y++) {
    for (let x = 0; x < size; x++) {
      const image = Math.floor(y / side) * across + Math.floor(x / side);
      const pixel = (y % side) * side + (x % side);
      sheet[y * size + x] = images[image * side * side + pixel] as number;
    }
  }
  return sheet;
}

function norm(values: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += (values[i] as number) ** 2;
  return Math.sqrt(sum);
}

/** What is wrong with a result, or `undefined`. */
export function compressionProblem({ pictures }: CompressionResult): string | undefined {
  // Pictures are in whole numbers to 255: roundings of f32 are far below what is left out.
  const wrong = pictures.find(({ error, leastError }) => !(Math.abs(error - leastError) < 1e-4));
  if (wrong === undefined) return undefined;
  const { rank, error, leastError } = wrong;
  return `rank ${rank} leaves an error of ${error}, where the singular values say ${leastError}`;
}
