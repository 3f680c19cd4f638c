import type { Backend, BlockMatrix } from "@blk/core";
import { checkLayer } from "../check-arguments.js";
import { geometryOf, type ImageShape, type WindowOptions } from "../images/geometry.js";
import { type PoolingTableName, poolingTables } from "../images/pooling-tables.js";
import { maxOverWindows, meanOverWindows } from "../ops/pooling.js";
import { operandOf, type Value, type Variable } from "../variable.js";
import { type ImageModule, imagesIn } from "./image-module.js";

/** Options of {@link maxPool} and {@link averagePool}; the stride is the kernel unless it is given. */
export interface PoolOptions extends WindowOptions {
  readonly backend: Backend;
  /** What it takes. */
  readonly image: ImageShape;
}

/**
 * The largest pixel of each window, channel by channel. The gradient goes to the first of equal ones.
 * Padding never is the largest. Takes (images·height·width)×channels, gives a row for each window.
 *
 * Throws `ARGUMENT` for sizes that are none or windows wholly in the padding, `SHAPE` where no window fits;
 * its forward pass `SHAPE` for rows that are no images.
 *
 * ```ts
 * const halved = maxPool({ backend, image: convolved.image, kernel: 2 });
 * ```
 */
export function maxPool(options: PoolOptions): ImageModule {
  return poolOf("maxPool", options, maxOverWindows);
}

/**
 * The mean of the pixels of each window, channel by channel; the padding does not count. Shapes and
 * errors as {@link maxPool}.
 *
 * ```ts
 * const { height, width } = convolved.image;
 * const overall = averagePool({ backend, image: convolved.image, kernel: [height, width] });
 * ```
 */
export function averagePool(options: PoolOptions): ImageModule {
  return poolOf("averagePool", options, meanOverWindows);
}

function poolOf(
  kind: string,
  options: PoolOptions,
  pool: (x: Value, tables: Readonly<Record<PoolingTableName, BlockMatrix>>) => Variable,
): ImageModule {
  checkLayer(kind, options);
  const { backend, image, stride, ...windows } = options;
  const geometry = geometryOf(kind, image, { ...windows, stride: stride ?? windows.kernel });
  const tables = poolingTables(kind, backend, geometry);
  const { outHeight: height, outWidth: width } = geometry;
  return {
    kind,
    parameters: [],
    image: { height, width, channels: image.channels },
    forward: (x) => {
      const input = operandOf(kind, x);
      return pool(input, tables.of(imagesIn(kind, input, image)));
    },
    dispose: () => tables.dispose(),
  };
}
