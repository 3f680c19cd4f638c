import {
  add,
  type Backend,
  BlockMatrix,
  BlockPattern,
  block,
  explainMatmul,
  type MatmulCost,
  matmul,
} from "@blk/core";
import { checkProduct } from "../check.js";
import { measure, type Timing } from "../measure.js";
import { messageOf } from "../message-of.js";
import { Random } from "../random.js";
import { prepared } from "./bench-case.js";

/** One way of computing the product: its time and what it needs of memory. */
export interface PathCost {
  /** Absent where it failed. */
  readonly timing?: Timing;
  /** Only a part was run, within the time limit, and the whole extrapolated. */
  readonly estimated?: boolean;
  /** Memory beside operands and result while it runs. */
  readonly temporaryBytes: number;
  readonly bytesMoved: number;
  /** Block products. */
  readonly terms: number;
  /** What was wrong. */
  readonly message?: string;
}

/** The same product under one block size, computed in several ways. */
export interface PartitionEntry {
  readonly id: string;
  readonly backend: string;
  readonly dtype: "f64";
  readonly size: number;
  readonly blockSize: number;
  /** Dense, uncut. */
  readonly unblocked: PathCost;
  /** Dense memory, cut: the cuts should cost nothing. */
  readonly cut: PathCost;
  /** Stored block by block, every block present. */
  readonly blocks: PathCost;
  /** The textbook's algorithm: each block product into a temporary of its own, then added. */
  readonly blockByBlock: PathCost;
}

/** The sizes that are swept: 8, 16, … n. */
export function sweptBlockSizes(size: number): readonly number[] {
  const sizes: number[] = [];
  for (let blockSize = 8; blockSize <= size; blockSize *= 2) sizes.push(blockSize);
  return sizes;
}

export function partitionId(size: number, blockSize: number): string {
  return `partition/f64/${size}/block-${blockSize}`;
}

/** Measures one row of the sweep in about `seconds`, plus one sample of whatever is slower. */
export async function sweepPartition(
  backend: Backend,
  size: number,
  blockSize: number,
  seconds: number,
): Promise<PartitionEntry> {
  const random = new Random(`partition/${size}`);
  const a = random.values("f64", size * size);
  const b = random.values("f64", size * size);
  const check = (c: Float32Array | Float64Array | Int32Array): string | undefined =>
    checkProduct(
      { m: size, n: size, k: size, transposeA: false, transposeB: false, a, b },
      c,
      "f64",
    );
  const shape = { rows: size, cols: size, dtype: "f64" } as const;
  const cuts = { blockRows: blockSize, blockCols: blockSize };
  const grid = Math.ceil(size / blockSize);
  const pattern = BlockPattern.full(grid, grid);
  const share = seconds / 4;

  const path = async (options: object): Promise<PathCost> => {
    const x = BlockMatrix.fromArray(backend, a, { ...shape, ...options });
    const y = BlockMatrix.fromArray(backend, b, { ...shape, ...options });
    const product = prepared([x, y], () => matmul(x, y));
    try {
      const cost = explainMatmul(x, y);
      const subject = { run: () => product.run(), finish: () => backend.finish() };
      const timing = await measure(subject, { seconds: share });
      return pathCost(cost, timing, check(await product.result()));
    } finally {
      product.dispose();
    }
  };
  const textbook = async (): Promise<PathCost> => {
    const x = BlockMatrix.fromArray(backend, a, { ...shape, ...cuts });
    const y = BlockMatrix.fromArray(backend, b, { ...shape, ...cuts });
    try {
      const cost = explainMatmul(x, y).blockByBlock;
      return await measureBlockByBlock(backend, x, y, cost, share, check);
    } finally {
      x.dispose();
      y.dispose();
    }
  };
  const unblocked = await attempt(() => path({}));
  const cut = await attempt(() => path(cuts));
  const blocks = await attempt(() => path({ ...cuts, pattern }));
  const blockByBlock = await attempt(textbook);
  const id = partitionId(size, blockSize);
  const common = { id, backend: backend.name, dtype: "f64", size, blockSize } as const;
  return { ...common, unblocked, cut, blocks, blockByBlock };
}

/** What one path throws is its result, and the others still run. */
async function attempt(path: () => Promise<PathCost>): Promise<PathCost> {
  try {
    return await path();
  } catch (error) {
    return { temporaryBytes: 0, bytesMoved: 0, terms: 0, message: messageOf(error) };
  }
}

function pathCost(cost: MatmulCost, timing: Timing, message: string | undefined): PathCost {
  const { temporaryBytes, bytesMoved, terms } = cost;
  return message === undefined
    ? { timing, temporaryBytes, bytesMoved, terms }
    : { temporaryBytes, bytesMoved, terms, message };
}

/** Runs it once more after a warm-up if time allows; its memory is measured, not computed. */
async function measureBlockByBlock(
  backend: Backend,
  x: BlockMatrix,
  y: BlockMatrix,
  cost: MatmulCost,
  seconds: number,
  check: (c: Float64Array) => string | undefined,
): Promise<PathCost> {
  const warmUp = await multiplyBlockByBlock(backend, x, y, seconds / 4);
  const run = await multiplyBlockByBlock(backend, x, y, Math.max(seconds, 0.1));
  const total = run.seconds / run.share;
  const timing: Timing = {
    median: total,
    lower: total,
    upper: total,
    fastest: Math.min(total, warmUp.seconds / warmUp.share),
    samples: 1,
    callsPerSample: 1,
  };
  const { bytesMoved, terms } = cost;
  const wrong = run.share === 1 ? check(run.result) : undefined;
  return {
    ...(wrong === undefined ? { timing } : { message: wrong }),
    ...(run.share < 1 && { estimated: true }),
    temporaryBytes: run.temporaryBytes,
    bytesMoved,
    terms,
  };
}

interface BlockByBlockRun {
  readonly seconds: number;
  /** Share of the blocks of C that were computed before the time was over. */
  readonly share: number;
  readonly temporaryBytes: number;
  readonly result: Float64Array;
}

async function multiplyBlockByBlock(
  backend: Backend,
  x: BlockMatrix,
  y: BlockMatrix,
  limit: number,
): Promise<BlockByBlockRun> {
  const before = backend.memoryUsage().bytes;
  const inner = x.colPartition.count;
  const places = x.rowPartition.count * y.colPartition.count;
  const blocksOfC: BlockMatrix[] = [];
  let temporaryBytes = 0;
  let storedBytes = 0;
  const start = performance.now();
  while (blocksOfC.length < places && performance.now() - start < limit * 1000) {
    const i = Math.floor(blocksOfC.length / y.colPartition.count);
    const j = blocksOfC.length % y.colPartition.count;
    const partial: BlockMatrix[] = [];
    for (let k = 0; k < inner; k++) partial.push(matmul(block(x, i, k), block(y, k, j)));
    const used = backend.memoryUsage().bytes - before - storedBytes;
    let sum = partial[0] as BlockMatrix;
    for (const next of partial.slice(1)) {
      const added = add(sum, next);
      sum.dispose();
      next.dispose();
      sum = added;
    }
    const own = sum.rows * sum.cols * Float64Array.BYTES_PER_ELEMENT;
    storedBytes += own;
    temporaryBytes = Math.max(temporaryBytes, used - own);
    blocksOfC.push(sum);
  }
  await backend.finish();
  const seconds = (performance.now() - start) / 1000;
  const share = blocksOfC.length / places;
  const result = new Float64Array(share === 1 ? x.rows * y.cols : 0);
  for (const [at, c] of blocksOfC.entries()) {
    if (share === 1) {
      const values = await c.toArray();
      const top = x.rowPartition.start(Math.floor(at / y.colPartition.count));
      const left = y.colPartition.start(at % y.colPartition.count);
      for (let row = 0; row < c.rows; row++) {
        const line = values.subarray(row * c.cols, (row + 1) * c.cols);
        result.set(line, (top + row) * y.cols + left);
      }
    }
    c.dispose();
  }
  return { seconds, share, temporaryBytes, result };
}
