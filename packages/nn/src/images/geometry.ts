import { BlkError, describeValue } from "@blk/core";
import { checkWhole } from "../check-arguments.js";

/** Images of a batch: their pixels are the rows of a matrix, image by image, line by line. */
export interface ImageShape {
  readonly height: number;
  readonly width: number;
  /** Columns of the matrix. */
  readonly channels: number;
}

/** One number for both, or that of the vertical and that of the horizontal direction. */
export type Pair = number | readonly [vertical: number, horizontal: number];

/** Windows on an image. */
export interface WindowOptions {
  /** Height and width of a window. */
  readonly kernel: Pair;
  /** Distance from window to window. Default: 1. */
  readonly stride?: Pair;
  /** Lines and columns of zeros around the image, on each side. Default: 0. */
  readonly padding?: Pair;
  /** Distance from pixel to pixel in a window. Default: 1. */
  readonly dilation?: Pair;
}

/** Where windows lie on an image, with the height and width of what they make. */
export interface Geometry {
  readonly height: number;
  readonly width: number;
  readonly outHeight: number;
  readonly outWidth: number;
  /** Pixels in a window. */
  readonly taps: number;
  /** The pixel at place `tap` of window `window`, or −1 in the padding. */
  pixel(window: number, tap: number): number;
}

/** Throws `ARGUMENT` unless these are sizes of an image. */
export function checkImage(operation: string, image: ImageShape): void {
  if (typeof image !== "object" || image === null) {
    throw new BlkError(
      "ARGUMENT",
      `${operation}: expected image to be { height, width, channels }, got ${describeValue(image)}`,
    );
  }
  for (const name of ["height", "width", "channels"] as const) {
    checkWhole(operation, `image.${name}`, image[name], 1);
  }
}

/**
 * The windows that fit into a padded image: ⌊(size + 2·padding − dilation·(kernel − 1) − 1)/stride⌋ + 1
 * in each direction. Throws `ARGUMENT` for sizes that are none, `SHAPE` where no window fits.
 */
export function geometryOf(operation: string, image: ImageShape, options: WindowOptions): Geometry {
  checkImage(operation, image);
  const { height, width } = image;
  const checked = (name: keyof WindowOptions, least: number, value: Pair): [number, number] => {
    const [y, x] = Array.isArray(value) ? value : [value, value];
    if ([y, x].every((size) => Number.isSafeInteger(size) && size >= least)) return [y, x];
    throw new BlkError(
      "ARGUMENT",
      `${operation}: expected ${name} to be a whole number of ${least} or more, or two of them, got ${Array.isArray(value) ? value.join(", ") : describeValue(value)}`,
    );
  };
  const [kernelY, kernelX] = checked("kernel", 1, options.kernel);
  const [strideY, strideX] = checked("stride", 1, options.stride ?? 1);
  const [padY, padX] = checked("padding", 0, options.padding ?? 0);
  const [stepY, stepX] = checked("dilation", 1, options.dilation ?? 1);
  const count = (size: number, kernel: number, stride: number, pad: number, step: number): number =>
    Math.floor((size + 2 * pad - step * (kernel - 1) - 1) / stride) + 1;
  const outHeight = count(height, kernelY, strideY, padY, stepY);
  const outWidth = count(width, kernelX, strideX, padX, stepX);
  if (outHeight < 1 || outWidth < 1) {
    throw new BlkError(
      "SHAPE",
      `${operation}: no window of ${kernelY}×${kernelX} pixels, ${stepY}×${stepX} apart, fits into an image of ${height}×${width} with a padding of ${padY}×${padX}; make the kernel smaller or the padding larger`,
    );
  }
  const pixel = (window: number, tap: number): number => {
    const y = Math.floor(window / outWidth) * strideY - padY + Math.floor(tap / kernelX) * stepY;
    const x = (window % outWidth) * strideX - padX + (tap % kernelX) * stepX;
    return y < 0 || y >= height || x < 0 || x >= width ? -1 : y * width + x;
  };
  return { height, width, outHeight, outWidth, taps: kernelY * kernelX, pixel };
}
