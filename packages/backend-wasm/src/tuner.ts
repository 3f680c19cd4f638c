/**
 * Which tile of sums is fastest depends on how an engine's code generator hands out registers: the
 * same tile is as fast as the processor allows on one version of V8 and half as fast on another. So
 * some tiles are tried where they run. All of them sum in the same order with the same roundings,
 * so that a change of tile changes no bit of any result.
 *
 * The trial waits until products have taken long enough for it to pay, then takes some 50 ms in
 * short slices between other work. Nothing waits for it.
 */
import { arithmetics } from "./kernels/arithmetic.js";
import { gemmKernel } from "./kernels/gemm.js";
import { inPlace, itemLayout, termLayout } from "./kernels/gemm-items.js";
import { type MicroKernelShape, microKernelName } from "./kernels/micro-kernel.js";
import { type GemmParams, tileColumns } from "./params.js";
import { Instances } from "./threads/instances.js";
import type { Workspace } from "./workspace.js";

/** What a trial found. */
export interface Trial {
  readonly chosen: GemmParams;
  /** Variants and their 10⁹ operations a second, the fastest first. */
  readonly measured: readonly { readonly variant: string; readonly gflops: number }[];
}

type Tile = Pick<MicroKernelShape, "mr" | "vectors" | "unroll" | "parts">;

/** Tiles that were the fastest, or next to it, on some engine. */
const tiles: readonly Tile[] = [
  { mr: 4, vectors: 2, unroll: 8, parts: 1 },
  { mr: 4, vectors: 2, unroll: 8, parts: 2 },
  { mr: 5, vectors: 2, unroll: 8, parts: 1 },
  { mr: 5, vectors: 2, unroll: 8, parts: 3 },
  { mr: 3, vectors: 3, unroll: 8, parts: 2 },
  { mr: 6, vectors: 2, unroll: 2, parts: 1 },
];

/** Rounds in which all tiles take turns, and milliseconds for the engine to compile each before. */
const rounds = 12;
const warmUpMilliseconds = 4;
/** Milliseconds of a slice, after which other work has its turn. */
const sliceMilliseconds = 2;
/** By how much another tile must be faster than the present one. */
const worthChanging = 1.02;

/**
 * Tries tiles on a product of 96×kc by kc×96, in turns; `isStopped` ends it early, with `undefined`.
 * Sizes other than those of the tile are kept, save that rows and columns of packing are multiples
 * of it.
 */
export async function tryTiles(
  workspace: Workspace,
  type: "f32" | "f64",
  present: GemmParams,
  isStopped: () => boolean,
): Promise<Trial | undefined> {
  const nameOf = (params: GemmParams): string => microKernelName({ type, ...params });
  const others = tiles.map((tile) => withTile(type, present, tile));
  const candidates = [present, ...others.filter((params) => nameOf(params) !== nameOf(present))];
  const trial = new TrialRun(workspace, type, present);
  let since = performance.now();
  const pause = async (): Promise<void> => {
    if (performance.now() - since < sliceMilliseconds) return;
    await new Promise((resolve) => setTimeout(resolve, 0));
    since = performance.now();
  };
  try {
    const runs = candidates.map((params) => ({ params, run: trial.prepare(params), best: 0 }));
    for (const { run } of runs) {
      for (let spent = 0; spent < warmUpMilliseconds && !isStopped(); await pause()) {
        spent += run();
      }
    }
    for (let round = 0; round < rounds; round++) {
      for (const each of runs) {
        if (isStopped()) return undefined;
        each.best = Math.max(each.best, trial.flops / each.run() / 1e6);
        await pause();
      }
    }
    const [first] = runs;
    runs.sort((x, y) => y.best - x.best);
    const [fastest] = runs;
    if (first === undefined || fastest === undefined) return undefined;
    const measured = runs.map(({ params, best }) => ({
      variant: nameOf(params),
      gflops: best,
    }));
    const isBetter = fastest.best > first.best * worthChanging;
    return { chosen: isBetter ? fastest.params : present, measured };
  } finally {
    trial.free();
  }
}

function withTile(type: "f32" | "f64", params: GemmParams, tile: Tile): GemmParams {
  const changed = { ...params, ...tile };
  const nr = tileColumns(type, changed);
  return {
    ...changed,
    mc: Math.max(1, Math.floor(params.mc / tile.mr)) * tile.mr,
    nc: Math.max(1, Math.floor(params.nc / nr)) * nr,
  };
}

/** A product of zeros in memory of its own, run by kernels that nothing else uses. */
class TrialRun {
  readonly flops: number;
  private readonly workspace: Workspace;
  private readonly instances: Instances;
  private readonly type: "f32" | "f64";
  private readonly kc: number;
  private readonly allocated: [address: number, bytes: number][] = [];
  private readonly size = 96;

  constructor(workspace: Workspace, type: "f32" | "f64", { kc }: GemmParams) {
    this.workspace = workspace;
    this.instances = new Instances(workspace.memory.memory);
    this.type = type;
    this.kc = kc;
    this.flops = 2 * this.size * this.size * kc;
  }

  /** A function that runs the product once and returns its milliseconds. */
  prepare(params: GemmParams): () => number {
    const { type, workspace, size, kc } = this;
    const { bytes } = arithmetics[type];
    const kernel = gemmKernel(microKernelName({ type, ...params }), {
      sources: [type],
      params,
      limits: workspace.memory.limits,
      conversions: [],
      finish: undefined,
    });
    const item = this.allocate(itemLayout.size + termLayout.size);
    const [a, b] = [this.allocate(size * kc * bytes), this.allocate(kc * size * bytes)];
    const c = this.allocate(size * size * bytes);
    const scratch = this.allocate(kernel.scratchBytes);
    if ([item, a, b, c, scratch].includes(undefined)) return () => Number.POSITIVE_INFINITY;
    const words = workspace.memory.views.i32;
    const put = (at: number, fields: Readonly<Record<string, number>>, values: object): void => {
      for (const [name, value] of Object.entries(values)) words[(at + fields[name]!) / 4] = value;
    };
    const terms = item! + itemLayout.size;
    const sums = { sums: c, sumsRow: size * bytes };
    put(item!, itemLayout, {
      rows: size,
      cols: size,
      row: 0,
      col: 0,
      ...sums,
      terms,
      termCount: 1,
      joined: 0,
      colStep: params.nc,
      kStep: kc,
    });
    const left = { a, aRow: kc * bytes, aCol: bytes, sourceA: inPlace };
    const right = { b, bRow: size * bytes, bCol: bytes, sourceB: 0 };
    put(terms, termLayout, { ...left, ...right, k: kc, indices: 0, indexStep: 0, limit: size });
    const run = this.instances.runOf(kernel);
    return () => {
      const start = performance.now();
      run(item!, 0, 1, scratch!);
      return performance.now() - start;
    };
  }

  free(): void {
    for (const [address, bytes] of this.allocated) this.workspace.memory.free(address, bytes);
    this.allocated.length = 0;
  }

  /** Memory of zeros, so that no number is subnormal. */
  private allocate(bytes: number): number | undefined {
    const { memory } = this.workspace;
    const address = memory.allocate(bytes);
    if (address === undefined) return undefined;
    this.allocated.push([address, bytes]);
    memory.views.u8.fill(0, address, address + bytes);
    return address;
  }
}
