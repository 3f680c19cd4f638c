import {
  type Activation,
  type Backend,
  BlkError,
  BlockMatrix,
  BlockPattern,
  type DType,
  Partition,
} from "@blk/core";
import { checkLayer, checkRandom } from "../check-arguments.js";
import { convolutionTables } from "../images/convolution-tables.js";
import { geometryOf, type ImageShape, type WindowOptions } from "../images/geometry.js";
import { matmul } from "../ops/matmul.js";
import { repartition } from "../ops/repartition.js";
import type { Random } from "../random.js";
import { operandOf, parameter, type Variable } from "../variable.js";
import { type ImageModule, imagesIn } from "./image-module.js";

/** Options of {@link conv2d}. */
export interface Conv2dOptions extends WindowOptions {
  readonly backend: Backend;
  /** What it takes. */
  readonly image: ImageShape;
  /** Channels of the result. */
  readonly outputs: number;
  /** Parts of the channels that are convolved on their own. Default: 1. */
  readonly groups?: number;
  /** Where the first weights come from. */
  readonly random: Random;
  readonly activation?: Activation;
  /** Whether a row is added, which starts at zero. Default: true. */
  readonly bias?: boolean;
  /** Standard deviation of the first weights. Default: as that of `linear`, of the inputs of a window. */
  readonly deviation?: number;
  /** Default: `f32`. */
  readonly dtype?: DType;
}

/**
 * A convolution (a correlation, as in all networks) of images whose pixels are rows, image by image
 * and line by line, and whose channels are columns: Y = E(Σₜ X[pixel under place t]·Wₜ + b).
 *
 * It is one product that reads rows by index; the matrix of windows is never in memory, nor is it in
 * the backward pass, which has a product of the same kind for the gradient of X and sums pieces for
 * that of W. `weight` is W₀ to Wₜ on top of one another, kernel places line by line, each
 * channels×outputs; with groups only its blocks of channels and outputs of the same group exist.
 *
 * Throws `ARGUMENT` for sizes or groups that are none, `SHAPE` where no window fits; its forward pass
 * `SHAPE` for rows that are no images. Takes (images·height·width)×channels, gives a row for each window
 * and a column for each of `outputs`.
 *
 * ```ts
 * const first = conv2d({ backend, image: { height: 28, width: 28, channels: 1 }, outputs: 16,
 *   kernel: 3, padding: 1, activation: relu, random });
 * const second = conv2d({ backend, image: first.image, outputs: 32, kernel: 3, random });
 * ```
 */
export function conv2d(options: Conv2dOptions): ImageModule {
  checkLayer("conv2d", options, "outputs");
  checkRandom("conv2d", options.random);
  const { backend, image, outputs, activation, groups = 1, dtype = "f32" } = options;
  const geometry = geometryOf("conv2d", image, options);
  checkGroups(image.channels, outputs, groups);
  const weight = firstWeight(options, geometry.taps, groups);
  const bias =
    options.bias === false
      ? undefined
      : parameter(BlockMatrix.zeros(backend, { rows: 1, cols: outputs, dtype }));
  const tables = convolutionTables(backend, geometry);
  const inputCuts = Partition.uniform(image.channels, image.channels / groups);
  const { outHeight: height, outWidth: width } = geometry;
  const more = {
    ...(bias === undefined ? {} : { bias }),
    ...(activation === undefined ? {} : { activation }),
  };
  return {
    kind: "conv2d",
    parameters: [
      { name: "weight", variable: weight },
      ...(bias === undefined ? [] : [{ name: "bias", variable: bias }]),
    ],
    image: { height, width, channels: outputs },
    forward: (x) => {
      const input = operandOf("conv2d", x);
      const { rows, inverse } = tables.of(imagesIn("conv2d", input, image));
      const cut = groups === 1 ? input : repartition(input, { blockCols: inputCuts });
      return matmul(cut, weight, { rows, inverseRows: inverse, ...more });
    },
    dispose: () => tables.dispose(),
  };
}

function firstWeight(options: Conv2dOptions, taps: number, groups: number): Variable {
  const { backend, image, outputs, random, activation, dtype = "f32" } = options;
  const { channels } = image;
  const reach = (taps * channels) / groups;
  const deviation = options.deviation ?? Math.sqrt((activation === undefined ? 1 : 2) / reach);
  const rows = taps * channels;
  if (groups === 1) {
    const numbers = random.normal(rows * outputs, deviation);
    return parameter(BlockMatrix.fromArray(backend, numbers, { rows, cols: outputs, dtype }));
  }
  const [height, width] = [channels / groups, outputs / groups];
  const pattern = BlockPattern.where(taps * groups, groups, (row, col) => row % groups === col);
  const blocks = Array.from(pattern.positions(), ({ row, col }) => ({
    row,
    col,
    data: random.normal(height * width, deviation),
  }));
  const layout = { rows, cols: outputs, dtype, blockRows: height, blockCols: width };
  return parameter(BlockMatrix.fromBlocks(backend, blocks, layout));
}

function checkGroups(channels: number, outputs: number, groups: number): void {
  const fits = (count: number): boolean => Number.isInteger(count / groups);
  if (Number.isSafeInteger(groups) && groups > 0 && fits(channels) && fits(outputs)) return;
  throw new BlkError(
    "ARGUMENT",
    `conv2d: ${groups} groups do not divide ${channels} channels and ${outputs} outputs evenly`,
  );
}
