import { BlkError, checkOptions, Partition } from "@blk/core";
import { checkImage, type ImageShape } from "../images/geometry.js";
import type { Module } from "../module.js";
import { reshape } from "../ops/reshape.js";
import { operandOf, type Variable } from "../variable.js";

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
 * free. The rows are cut by images. Throws `ARGUMENT` for sizes that are none; its forward pass `SHAPE`
 * for rows of another length.
 *
 * ```ts
 * const image = { height: 28, width: 28, channels: 1 };
 * pixels({ image }).forward(x);   // x: 128×784; the result: 100352×1
 * ```
 */
export function pixels(options: { readonly image: ImageShape }): ImageModule {
  const image = imageOf("pixels", options);
  const { height, width, channels } = image;
  return {
    kind: "pixels",
    parameters: [],
    image,
    forward: (x) => {
      const input = operandOf("pixels", x);
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

/** A row for each pixel to images as rows: the reverse of {@link pixels}; free. Errors as there. */
export function flatten(options: { readonly image: ImageShape }): Module {
  const image = imageOf("flatten", options);
  const { height, width, channels } = image;
  return {
    kind: "flatten",
    parameters: [],
    forward: (x) => {
      const input = operandOf("flatten", x);
      const rows = imagesIn("flatten", input, image);
      return reshape(input, { rows, cols: height * width * channels });
    },
  };
}

function imageOf(operation: string, options: { readonly image: ImageShape }): ImageShape {
  checkOptions(operation, options, "such as { image: { height: 28, width: 28, channels: 1 } }");
  checkImage(operation, options.image);
  return options.image;
}
