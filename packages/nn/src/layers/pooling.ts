import type { Backend, BlockMatrix } from "@blk/core";
import { geometryOf, type ImageShape, type WindowOptions } from "../images/geometry.js";
import { type PoolingTableName, poolingTables } from "../images/pooling-tables.js";
import { maxOverWindows, meanOverWindows } from "../ops/pooling.js";
import { asVariable, type Value, type Variable } from "../variable.js";
import { type ImageModule, imagesIn } from "./image-module.js";

/** Options of {@link maxPool} and {@link averagePool}; the stride is the kernel unless it is given. */
export interface PoolOptions extends WindowOptions {
  readonly backend: Backend;
  /** What it takes. */
  readonly image: ImageShape;
}

/**
 * The largest pixel of each window, channel by channel. The gradient goes to the first of equal ones.
 * Padding never is the largest.
 *
 * ```ts
 * const halved = maxPool({ backend, image: convolved.image, kernel: 2 });
 * ```
 */
export function maxPool(options: PoolOptions): ImageModule {
  return poolOf("maxPool", options, maxOverWindows);
}

/** The mean of the pixels of each window, channel by channel; the padding does not count. */
export function averagePool(options: PoolOptions): ImageModule {
  return poolOf("averagePool", options, meanOverWindows);
}

function poolOf(
  kind: string,
  { backend, image, stride, ...windows }: PoolOptions,
  pool: (x: Value, tables: Readonly<Record<PoolingTableName, BlockMatrix>>) => Variable,
): ImageModule {
  const geometry = geometryOf(kind, image, { ...windows, stride: stride ?? windows.kernel });
  const tables = poolingTables(kind, backend, geometry);
  const { outHeight: height, outWidth: width } = geometry;
  return {
    kind,
    parameters: [],
    image: { height, width, channels: image.channels },
    forward: (x) => {
      const input = asVariable(x);
      return pool(input, tables.of(imagesIn(kind, input, image)));
    },
    dispose: () => tables.dispose(),
  };
}
