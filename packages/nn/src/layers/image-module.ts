import { BlkError, Partition } from "@blk/core";
import type { ImageShape } from "../images/geometry.js";
import type { Module } from "../module.js";
import { reshape } from "../ops/reshape.js";
import { asVariable, type Variable } from "../variable.js";

/** A module that makes images: `image` is what the next one takes. */
export interface ImageModule extends Module {
  readonly image: ImageShape;
}

/** How many images the rows of `x` are. Throws `SHAPE`. */
export function imagesIn(
  operation: string,
  x: Variable,
  { height, width, channels }: ImageShape,
): number {
  const images = x.rows / (height * width);
  if (x.cols === channels && Number.isInteger(images)) return images;
  throw new BlkError(
    "SHAPE",
    `${operation}: expected a row for each pixel of images of ${height}×${width} and ${channels} columns, got ${x}; from images as rows make them with pixels()`,
  );
}

/**
 * Images as rows (of height·width·channels numbers, channels innermost) to a row for each pixel;
 * free. The rows are cut by images.
 */
export function pixels({ image }: { readonly image: ImageShape }): ImageModule {
  const { height, width, channels } = image;
  return {
    kind: "pixels",
    parameters: [],
    image,
    forward: (x) => {
      const input = asVariable(x);
      const size = height * width;
      if (input.cols !== size * channels) {
        throw new BlkError(
          "SHAPE",
          `pixels: expected rows of ${height}×${width}×${channels} = ${size * channels} numbers, got ${input}`,
        );
      }
      const rows = input.rows * size;
      return reshape(input, { rows, cols: channels, blockRows: Partition.uniform(rows, size) });
    },
  };
}

/** A row for each pixel to images as rows: the reverse of {@link pixels}; free. */
export function flatten({ image }: { readonly image: ImageShape }): Module {
  const { height, width, channels } = image;
  return {
    kind: "flatten",
    parameters: [],
    forward: (x) => {
      const input = asVariable(x);
      const rows = imagesIn("flatten", input, image);
      return reshape(input, { rows, cols: height * width * channels });
    },
  };
}
