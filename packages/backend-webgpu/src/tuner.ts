/**
 * Which tile is fastest depends on a device's registers, caches and compiler: one fixed tile loses
 * up to half of the speed somewhere. So some are tried where they run. All sum in the same order,
 * so that a change of tile changes no bit of any result.
 */
import { type Backend, denseView, type MatrixView, type Product } from "@blk/core";
import {
  candidateTiles,
  canRun,
  type GemmTile,
  type ProductParams,
  type TileLimits,
  tileName,
} from "./params.js";

/** What a trial found. */
export interface Trial {
  readonly params: ProductParams;
  /** Tiles and their 10⁹ operations a second, the fastest first. */
  readonly measured: readonly { readonly tile: string; readonly gflops: number }[];
}

/** A backend whose products can be told what to run with. */
type Tunable = Backend & { readonly params: ProductParams };

/** Rounds in which all tiles take turns, so that a device that slows down slows all. */
const rounds = 3;
/** Products between two waits: waiting takes time of its own. */
const productsOfARound = 4;

/**
 * Times the candidates that the device can run, by the clock around a burst of products, and calls
 * `use` with parameters that begin with the fastest tile.
 */
export async function tryTiles(
  backend: Tunable,
  limits: TileLimits,
  size: number,
  use: (params: ProductParams) => void,
): Promise<Trial> {
  const before = backend.params;
  const tiles = candidateTiles.filter((tile) => canRun(tile, limits));
  const views = [0, 1, 2].map(
    (): MatrixView => denseView(backend.allocate(4 * size * size), "f32", size, size),
  );
  const [a, b, c] = views as [MatrixView, MatrixView, MatrixView];
  const product: Product = { c, terms: [{ a, b }] };
  const best = new Map<GemmTile, number>();
  try {
    for (const { buffer } of [a, b]) backend.write(buffer, new Float32Array(size * size).fill(1));
    // In the first round kernels are compiled.
    for (let round = -1; round < rounds; round++) {
      for (const tile of tiles) {
        use({ ...before, tiles: [tile] });
        const milliseconds = await timeOf(backend, product);
        if (round >= 0) best.set(tile, Math.min(milliseconds, best.get(tile) ?? milliseconds));
      }
    }
  } catch (error) {
    use(before);
    throw error;
  } finally {
    for (const { buffer } of views) buffer.dispose();
  }
  const ranked = [...best].sort(([, x], [, y]) => x - y);
  const [[fastest]] = ranked as [[GemmTile, number]];
  const smaller = before.tiles.filter(
    ({ rows, cols }) => rows * cols < fastest.rows * fastest.cols,
  );
  const params = { ...before, tiles: [fastest, ...smaller] };
  use(params);
  return {
    params,
    measured: ranked.map(([tile, milliseconds]) => ({
      tile: tileName(tile),
      gflops: (2 * size ** 3) / (milliseconds * 1e6),
    })),
  };
}

async function timeOf(backend: Backend, product: Product): Promise<number> {
  await backend.finish();
  const start = performance.now();
  for (let i = 0; i < productsOfARound; i++) backend.multiply([product]);
  await backend.finish();
  return (performance.now() - start) / productsOfARound;
}
