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
import type { WorkTime } from "./queue.js";

/** What a trial found. */
export interface Trial {
  readonly params: ProductParams;
  /** Whose clock timed the tiles: the device's, where it has `timestamp-query`, counts no waiting. */
  readonly clock: "device" | "host";
  /** Tiles and their 10⁹ operations a second, the fastest first. */
  readonly measured: readonly { readonly tile: string; readonly gflops: number }[];
}

/** A backend whose products can be told what to run with. */
type Tunable = Backend & { readonly params: ProductParams };

/** What a trial does with a backend beside calling it. */
export interface TrialAccess {
  /** Lets the products to come run with these parameters. */
  use(params: ProductParams): void;
  /** How long the work of these calls takes. */
  time(calls: () => void): Promise<WorkTime>;
}

/** Rounds in which all tiles take turns, so that a device that slows down slows all. */
const rounds = 3;
/** Products between two waits: waiting takes time of its own. */
const productsOfARound = 4;

/**
 * Times the candidates that the device can run, by the clock of the device, or else by that around a burst of products, and calls
 * `use` with parameters that begin with the fastest tile.
 */
export async function tryTiles(
  backend: Tunable,
  limits: TileLimits,
  size: number,
  { use, time }: TrialAccess,
): Promise<Trial> {
  const before = backend.params;
  const tiles = candidateTiles.filter((tile) => canRun(tile, limits));
  const views = [0, 1, 2].map(
    (): MatrixView => denseView(backend.allocate(4 * size * size), "f32", size, size),
  );
  const [a, b, c] = views as [MatrixView, MatrixView, MatrixView];
  const product: Product = { c, terms: [{ a, b }] };
  const times = new Map<GemmTile, WorkTime[]>(tiles.map((tile) => [tile, []]));
  try {
    for (const { buffer } of [a, b]) backend.write(buffer, new Float32Array(size * size).fill(1));
    // In the first round kernels are compiled.
    for (let round = -1; round < rounds; round++) {
      for (const tile of tiles) {
        use({ ...before, tiles: [tile] });
        const taken = await time(() => {
          for (let i = 0; i < productsOfARound; i++) backend.multiply([product]);
        });
        if (round >= 0) times.get(tile)?.push(taken);
      }
    }
  } catch (error) {
    use(before);
    throw error;
  } finally {
    for (const { buffer } of views) buffer.dispose();
  }
  const { clock, ranked } = rank(times);
  const [[fastest]] = ranked as readonly [readonly [GemmTile, number]];
  const smaller = before.tiles.filter(
    ({ rows, cols }) => rows * cols < fastest.rows * fastest.cols,
  );
  const params = { ...before, tiles: [fastest, ...smaller] };
  use(params);
  return {
    params,
    clock,
    measured: ranked.map(([tile, milliseconds]) => ({
      tile: tileName(tile),
      gflops: (2 * size ** 3) / (milliseconds * 1e6),
    })),
  };
}

/**
 * Milliseconds of a product on each tile, of the best round, the fastest first. The host's clock
 * counts waiting too, so it is one clock for all.
 */
function rank(times: ReadonlyMap<GemmTile, readonly WorkTime[]>): {
  readonly clock: Trial["clock"];
  readonly ranked: readonly (readonly [GemmTile, number])[];
} {
  const isTimed = [...times.values()].flat().every(({ device }) => device !== undefined);
  const best = [...times].map(([tile, rounds]) => {
    const taken = rounds.map(({ host, device = host }) => (isTimed ? device : host));
    return [tile, Math.min(...taken) / productsOfARound] as const;
  });
  return {
    clock: isTimed ? "device" : "host",
    ranked: best.sort(([, x], [, y]) => x - y),
  };
}
