import { BlkError } from "@blk/core";

/**
 * How a product is cut among the invocations of a device.
 *
 * ```
 * for each tile of c, rows × cols               a workgroup
 *   for each term, its k in steps of `steps`
 *     stage rows × steps of a and steps × cols of b in workgroup memory
 *     each invocation: threadRows × threadCols sums in registers, all steps
 * ```
 *
 * Each sum runs over ascending k in one register, whatever the sizes: tiles may replace one another
 * without changing a bit.
 */
export interface GemmTile {
  /** Rows of c of a workgroup: each element of b is read from memory once per so many rows. */
  readonly rows: number;
  /** Columns of c of a workgroup: likewise for a. */
  readonly cols: number;
  /** Rows of c of an invocation, a multiple of 4: vectors of a that it reads at each step. */
  readonly threadRows: number;
  /** Columns of c of an invocation, a multiple of 4; with `threadRows` it decides the registers. */
  readonly threadCols: number;
  /** Steps of k between two barriers, a multiple of 4: workgroup memory is (rows + cols)·steps words. */
  readonly steps: number;
  /**
   * Whether four neighbouring invocations, which have the same rows, read one of four steps of a
   * each and tell it to one another: a quarter of the reads. Takes subgroups.
   */
  readonly quads?: boolean;
  /**
   * Whether contiguous factors are read as vectors, by kernels of their own. Default: yes. Tiles for
   * small products save the time to compile them.
   */
  readonly vectors?: boolean;
}

/** Invocations of a workgroup. */
export function invocationsOf({ rows, cols, threadRows, threadCols }: GemmTile): number {
  return (rows / threadRows) * (cols / threadCols);
}

/** Bytes of workgroup memory: the staged parts of a and b. */
export function workgroupBytesOf({ rows, cols, steps }: GemmTile): number {
  return 4 * steps * (rows + cols);
}

/** `64x64_8x8_k16`, with `_quads` where they are used. */
export function tileName({ rows, cols, threadRows, threadCols, steps, quads }: GemmTile): string {
  return `${rows}x${cols}_${threadRows}x${threadCols}_k${steps}${quads ? "_quads" : ""}`;
}

/**
 * Steps of k whose products are added in f16, where that is wanted, before their sum is added in f32.
 * The same for all tiles, as it decides the bits.
 */
export const halfStrip = 16;

/**
 * A tile that computes in f16: it stages one strip at a time, in at most half of the workgroup
 * memory that every device has.
 */
export function halfTile(tile: GemmTile): GemmTile {
  return { ...tile, steps: halfStrip };
}

/** The limits of a device that a tile must keep. */
export type TileLimits = Pick<
  GPUSupportedLimits,
  | "maxComputeInvocationsPerWorkgroup"
  | "maxComputeWorkgroupSizeX"
  | "maxComputeWorkgroupStorageSize"
> & {
  /** Whether four neighbouring invocations can tell one another numbers. Default: no. */
  readonly quads?: boolean;
};

/** Of a device that has room for every tile that could run somewhere. */
export const roomiest: TileLimits = {
  maxComputeInvocationsPerWorkgroup: Number.POSITIVE_INFINITY,
  maxComputeWorkgroupSizeX: Number.POSITIVE_INFINITY,
  maxComputeWorkgroupStorageSize: Number.POSITIVE_INFINITY,
  quads: true,
};

/**
 * The tile itself. Throws `ARGUMENT` for sizes that no kernel could run with, `UNSUPPORTED` for
 * those that this device has too little for.
 */
export function checkTile(tile: GemmTile, limits: TileLimits): GemmTile {
  const { rows, cols, threadRows, threadCols, steps } = tile;
  const rules = [
    { name: "threadRows", value: threadRows, unit: 4, most: 16 },
    { name: "threadCols", value: threadCols, unit: 4, most: 16 },
    { name: "rows", value: rows, unit: threadRows, most: 256 },
    { name: "cols", value: cols, unit: threadCols, most: 256 },
    { name: "steps", value: steps, unit: 4, most: 64 },
  ];
  for (const { name, value, unit, most } of rules) {
    if (Number.isInteger(value) && value > 0 && value <= most && value % unit === 0) continue;
    throw new BlkError(
      "ARGUMENT",
      `webgpu: ${name} of a tile must be a positive multiple of ${unit} up to ${most}, got ${value}; leave the tile out for the default`,
      { details: { name, value } },
    );
  }
  if (tile.quads === true) checkQuads(tile, limits);
  const invocations = invocationsOf(tile);
  const mostInvocations = Math.min(
    limits.maxComputeInvocationsPerWorkgroup,
    limits.maxComputeWorkgroupSizeX,
  );
  checkLimit(tile, "invocations in a workgroup", invocations, mostInvocations);
  const { maxComputeWorkgroupStorageSize } = limits;
  const bytes = workgroupBytesOf(tile);
  checkLimit(tile, "bytes of workgroup memory", bytes, maxComputeWorkgroupStorageSize);
  return tile;
}

function checkQuads(tile: GemmTile, { quads = false }: TileLimits): void {
  const across = tile.cols / tile.threadCols;
  if (across % 4 !== 0) {
    throw new BlkError(
      "ARGUMENT",
      `webgpu: a tile with quads must have a multiple of 4 invocations side by side, got ${across}; choose other cols or threadCols`,
      { details: { name: "quads", value: across } },
    );
  }
  if (quads) return;
  throw new BlkError(
    "UNSUPPORTED",
    `webgpu: the tile ${tileName(tile)} needs subgroups, and this device has none whose quads are neighbours; choose a tile without quads`,
  );
}

function checkLimit(tile: GemmTile, what: string, value: number, limit: number): void {
  if (value <= limit) return;
  throw new BlkError(
    "UNSUPPORTED",
    `webgpu: the tile ${tileName(tile)} needs ${value} ${what}, and this device has ${limit}; choose a smaller tile`,
    { details: { value, limit } },
  );
}

/** Kinds of devices that want different tiles. */
export type DeviceClass = "software" | "apple" | "discrete" | "integrated";

/** The kind of a device by its adapter's words; `integrated`, the careful choice, where they say nothing. */
export function deviceClassOf(description: string): DeviceClass {
  const words = description.toLowerCase();
  if (/swiftshader|llvmpipe|lavapipe|basic render|software/.test(words)) return "software";
  if (words.includes("apple")) return "apple";
  if (/nvidia|\brdna/.test(words)) return "discrete";
  return "integrated";
}

/** What products run with: plain data, which can be kept as JSON. */
export interface ProductParams {
  /** Tiles from large to small: the first that a product fills, and that together fill the device. */
  readonly tiles: readonly GemmTile[];
  /** Workgroups that fill the device; where a call has fewer, long sums are split among more. */
  readonly fill: number;
}

const square: GemmTile = {
  rows: 64,
  cols: 64,
  threadRows: 16,
  threadCols: 16,
  steps: 16,
  quads: true,
};
const wide: GemmTile = { rows: 64, cols: 64, threadRows: 8, threadCols: 8, steps: 16 };
const small: GemmTile = { rows: 32, cols: 32, threadRows: 4, threadCols: 4, steps: 16 };
const tiny: GemmTile = {
  rows: 16,
  cols: 16,
  threadRows: 4,
  threadCols: 4,
  steps: 8,
  vectors: false,
};
const broad: GemmTile = { rows: 128, cols: 128, threadRows: 8, threadCols: 8, steps: 16 };

/**
 * The one table of tiles. 128×128 with 8×8 sums takes 256 invocations and 16 KiB, just what every
 * device has at least; it is for devices of many multiprocessors. 64×64 takes 64 invocations and
 * 8 KiB. A software adapter runs a workgroup on one thread of the processor: a few fill it; and
 * SwiftShader compiles a millisecond longer for each word of workgroup memory, so these are few. A
 * read of workgroup memory takes it as long as some twenty multiply-adds: quads and the most
 * sums of an invocation halve the time. Tiles that a device cannot run are passed over.
 */
export const classParams: Readonly<Record<DeviceClass, ProductParams>> = {
  software: { tiles: [square, wide, tiny], fill: 4 },
  apple: { tiles: [wide, small], fill: 64 },
  discrete: { tiles: [broad, wide, small], fill: 128 },
  integrated: { tiles: [wide, small], fill: 64 },
};

/** Tiles for large products that were the fastest on some device: what a tuner tries. */
export const candidateTiles: readonly GemmTile[] = [
  wide,
  broad,
  square,
  { ...wide, quads: true },
  { ...broad, quads: true },
  { rows: 64, cols: 64, threadRows: 4, threadCols: 8, steps: 16 },
  { rows: 64, cols: 64, threadRows: 4, threadCols: 4, steps: 16 },
  { rows: 128, cols: 64, threadRows: 8, threadCols: 8, steps: 16 },
];

/** The parameters of a class of devices that this one can run with. */
export function defaultParams(kind: DeviceClass, limits: TileLimits): ProductParams {
  const { tiles, fill } = classParams[kind];
  return { tiles: tiles.filter((tile) => canRun(tile, limits)), fill };
}

/** Whether {@link checkTile} has nothing to say. */
export function canRun(tile: GemmTile, limits: TileLimits): boolean {
  try {
    checkTile(tile, limits);
    return true;
  } catch {
    return false;
  }
}

/** What comes from JSON may be anything. */
function isObject(tile: unknown): boolean {
  return typeof tile === "object" && tile !== null;
}

/** The parameters themselves. Throws `ARGUMENT` or `UNSUPPORTED` where a device cannot run with them. */
export function checkProductParams(params: ProductParams, limits: TileLimits): ProductParams {
  const { tiles, fill } = params;
  if (!Array.isArray(tiles) || tiles.length === 0 || !tiles.every(isObject)) {
    throw new BlkError("ARGUMENT", "webgpu: params.tiles must be a list of one tile or more");
  }
  for (const tile of tiles) checkTile(tile, limits);
  if (Number.isFinite(fill) && fill > 0) return params;
  throw new BlkError(
    "ARGUMENT",
    `webgpu: params.fill must be a positive number of workgroups, got ${fill}`,
  );
}

/** Rows or columns of c up to which a product is one of a matrix and vectors. */
export const mostVectors = 4;

/** The cut of a product of a matrix and up to four vectors. */
export interface GemvTile {
  /** Rows of the matrix of a workgroup. */
  readonly rows: number;
  /** Invocations that share the k of a row, whose sums are added in a tree: a power of two. */
  readonly lanes: number;
}

/** 256 invocations and 4 KiB; along rows or columns, 16 neighbours read 64 bytes in one piece. */
export const gemvTile: GemvTile = { rows: 16, lanes: 16 };

/** Whether sums are split is decided by workgroups of so many rows and columns: tiles change no bits. */
export const splitTile: GemmTile = small;
/** Steps of k of a part of a split sum, at least: less is not worth writing the part to memory. */
export const leastSplit: Readonly<Record<"gemm" | "gemv", number>> = { gemm: 256, gemv: 1024 };
/** Parts of a split sum, at most. */
export const mostSplit = 64;
