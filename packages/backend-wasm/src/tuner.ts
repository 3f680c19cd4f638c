/**
 * Which tile of sums is fastest depends on how an engine's code generator hands out registers: the
 * same tile is as fast as the processor allows on one version of V8 and half as fast on another. So
 * some tiles are tried where they run. All of them sum in the same order with the same roundings,
 * so that a change of tile changes no bit of any result.
 *
 * The trial waits until products have taken long enough for it to pay, then takes some 70 ms in
 * short slices between other work, over half a second. Nothing waits for it, not even the end of
 * the process.
 */
import { BlkError } from "@blk/core";
import { clockStep } from "./clock-step.js";
import { arithmetics } from "./kernels/arithmetic.js";
import { gemmKernel } from "./kernels/gemm.js";
import { inPlace, itemLayout, termLayout } from "./kernels/gemm-items.js";
import { type MicroKernelShape, microKernelName } from "./kernels/micro-kernel.js";
import { type GemmParams, tileColumns } from "./params.js";
import { Instances } from "./threads/instances.js";
import { Scratch } from "./threads/scratch.js";
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

/** Milliseconds for the engine to compile each tile before all take turns. */
const warmUpMilliseconds = 4;
/**
 * All tiles take turns in so many rounds, and then until the best times of each are within 1 % of
 * one another, or a step of the clock: other work on the machine, which comes in bursts of 0.1 to
 * 0.3 s, makes times longer, each by another amount. After 12 rounds alone, two trials of 24 had
 * chosen a tile that is 6 % slower (V8 13.6); so, two of 120.
 */
const rounds = { least: 12, most: 96 };
const agreeing = { times: 3, within: 0.01 };
/**
 * A time is that of as many products as take so many steps of the clock, for it is right within one,
 * or of a slice where that is less, which makes trials longer. A slice of fewer than `least` tells
 * too little.
 */
const stepsOfTime = { usual: 50, least: 10 };
/** Milliseconds of a slice, and those that are left to other work after it. */
const sliceMilliseconds = 2;
const restMilliseconds = 10;
/** By how much another tile must be faster than the present one. */
const worthChanging = 0.02;

/** Runs the product as often as it takes to spend so many milliseconds, more than 0. */
type TimedRun = (milliseconds: number) => { readonly spent: number; readonly products: number };

/** A tile that takes part. */
interface Run {
  readonly params: GemmParams;
  readonly run: TimedRun;
  /** 10⁹ operations a second, the best first. */
  readonly speeds: number[];
}

/** The present params, first, and those that may replace them: all give the same bits. */
export function candidates(type: "f32" | "f64", present: GemmParams): readonly GemmParams[] {
  const nameOf = (params: GemmParams): string => microKernelName({ type, ...params });
  const others = tiles.map((tile) => withTile(type, present, tile));
  return [present, ...others.filter((params) => nameOf(params) !== nameOf(present))];
}

/**
 * Tries tiles on a product of 96×kc by kc×96, in turns, after a rest; `isStopped` ends it early,
 * with `undefined`. Sizes other than those of the tile are kept, save that rows and columns of
 * packing are multiples of it. Throws `OUT_OF_MEMORY` where there is no room for the product, and
 * `UNSUPPORTED` where the clock is too coarse to time it.
 */
export async function tryTiles(
  workspace: Workspace,
  type: "f32" | "f64",
  present: GemmParams,
  isStopped: () => boolean,
): Promise<Trial | undefined> {
  await rest();
  if (isStopped()) return undefined;
  const step = clockStep();
  if (step * stepsOfTime.least > sliceMilliseconds) throw tooCoarse();
  const enough = Math.min(step * stepsOfTime.usual, sliceMilliseconds);
  let since = performance.now();
  const pause = async (): Promise<void> => {
    if (performance.now() - since < sliceMilliseconds) return;
    await rest();
    since = performance.now();
  };
  const product = new TrialProduct(workspace, type, present);
  try {
    const runs: Run[] = [];
    for (const params of candidates(type, present)) {
      const run = product.prepare(params);
      runs.push({ params, run, speeds: [] });
      for (let spent = 0; spent < warmUpMilliseconds; await pause()) {
        if (isStopped()) return undefined;
        spent += run(enough).spent;
      }
    }
    let shortest = Number.POSITIVE_INFINITY;
    /** The share by which times have to differ, or what the clock tells of them. */
    const differing = (share: number): number => Math.max(share, step / shortest);
    const isSettled = (): boolean => {
      const within = 1 - differing(agreeing.within);
      return runs.every(({ speeds }) => speeds[agreeing.times - 1]! > speeds[0]! * within);
    };
    for (let round = 0; round < rounds.most; round++) {
      if (round >= rounds.least && isSettled()) break;
      for (const { run, speeds } of runs) {
        if (isStopped()) return undefined;
        const { spent, products } = run(enough);
        shortest = Math.min(shortest, spent);
        speeds.push((product.flops * products) / spent / 1e6);
        speeds.sort((x, y) => y - x);
        await pause();
      }
    }
    const presentBest = runs[0]!.speeds[0]!;
    runs.sort((x, y) => y.speeds[0]! - x.speeds[0]!);
    const measured = runs.map(({ params, speeds }) => ({
      variant: microKernelName({ type, ...params }),
      gflops: speeds[0]!,
    }));
    const isBetter = measured[0]!.gflops > presentBest * (1 + differing(worthChanging));
    return { chosen: isBetter ? runs[0]!.params : present, measured };
  } finally {
    product.free();
  }
}

function rest(): Promise<void> {
  return new Promise((resolve) => {
    const timer: unknown = setTimeout(resolve, restMilliseconds);
    // Node would wait for it before it exits; in pages, timers are numbers.
    (timer as { unref?(): void }).unref?.();
  });
}

function tooCoarse(): BlkError {
  return new BlkError(
    "UNSUPPORTED",
    "wasm: the clock moves in steps too large to time tiles; cross-origin isolated pages have smaller ones",
  );
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
class TrialProduct {
  readonly flops: number;
  private readonly workspace: Workspace;
  private readonly instances: Instances;
  private readonly type: "f32" | "f64";
  /** One for all kernels, which take turns. */
  private readonly scratch: Scratch;
  private readonly bytes: number;
  private readonly item: number;

  constructor(workspace: Workspace, type: "f32" | "f64", { kc }: GemmParams) {
    const { memory } = workspace;
    this.workspace = workspace;
    this.instances = new Instances(memory.memory);
    this.type = type;
    this.scratch = new Scratch(memory);
    this.flops = 2 * size * size * kc;
    const { bytes } = arithmetics[type];
    const factorBytes = size * kc * bytes;
    this.bytes = headBytes + 2 * factorBytes + size * size * bytes;
    const item = memory.allocateOwn(this.bytes);
    if (item === undefined) throw memory.noRoom(this.bytes, purpose);
    this.item = item;
    // Zeros, so that no number is subnormal.
    memory.views.u8.fill(0, item, item + this.bytes);
    const [a, terms] = [item + headBytes, item + itemLayout.size];
    const [b, sums] = [a + factorBytes, a + 2 * factorBytes];
    const whole = { rows: size, cols: size, row: 0, col: 0, sums, sumsRow: size * bytes };
    this.put(item, itemLayout, { ...whole, terms, termCount: 1, joined: 0, kStep: kc });
    const left = { a, aRow: kc * bytes, aCol: bytes, sourceA: inPlace };
    const right = { b, bRow: size * bytes, bCol: bytes, sourceB: 0 };
    this.put(terms, termLayout, { ...left, ...right, k: kc, limit: size });
  }

  /** A function that runs the product with some params. */
  prepare(params: GemmParams): TimedRun {
    const { type, workspace } = this;
    const kernel = gemmKernel(microKernelName({ type, ...params }), {
      sources: [type],
      params,
      limits: workspace.memory.limits,
      conversions: [],
      finish: undefined,
    });
    const run = this.instances.runOf(kernel);
    return (milliseconds) => {
      const scratch = this.scratch.take(kernel.scratchBytes);
      if (scratch === undefined) {
        throw workspace.memory.noRoom(kernel.scratchBytes, purpose);
      }
      this.put(this.item, itemLayout, { colStep: params.nc });
      const start = performance.now();
      for (let products = 1; products <= mostProducts; products++) {
        run(this.item, 0, 1, scratch);
        const spent = performance.now() - start;
        if (spent >= milliseconds) return { spent, products };
      }
      throw tooCoarse();
    };
  }

  free(): void {
    this.scratch.release();
    this.workspace.memory.free(this.item, this.bytes);
  }

  private put<T extends object>(at: number, layout: T, values: Partial<Record<keyof T, number>>) {
    const words = this.workspace.memory.views.i32;
    for (const name of Object.keys(values) as (keyof T)[]) {
      words[(at + Number(layout[name])) / 4] = values[name]!;
    }
  }
}

/** Rows and columns of the product: whole tiles for most. */
const size = 96;
/** More than fit into a slice: the clock stands still. */
const mostProducts = 200;
/** The item and its term. */
const headBytes = 128;
/** What its memory is for. */
const purpose = "to try other tiles";
