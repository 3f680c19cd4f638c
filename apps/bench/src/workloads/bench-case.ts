import type { Backend, BlockMatrix, NumberArray } from "@blk/core";
import type { PeerSession } from "../peers/index.js";

export type FloatType = "f32" | "f64";

/**
 * Which runs include a case: all of them (`always`), those without `--quick` (`full`), or of these
 * only those that name it with `--cases` or compare it with `--peers` (`asked`).
 */
export type When = "always" | "full" | "asked";

/** One thing to be timed on every backend. Nothing is computed before `create`. */
export interface BenchCase {
  /** A path like `matmul/f64/512`: what `--cases` matches and `--compare` finds again. */
  readonly id: string;
  readonly group: string;
  /** In a few words, for tables. */
  readonly label: string;
  readonly dtype: FloatType;
  /** Floating-point operations of one call. */
  readonly flops: number;
  /** Bytes of operands and result, each counted once. */
  readonly bytes: number;
  /** What its speed is counted in, and so the roof it is compared with; `call`: the time is all. */
  readonly unit: "GFLOP/s" | "GB/s" | "call";
  readonly when: When;
  /** Whether it is compared with other libraries. */
  readonly peers: boolean;
  /** Makes the inputs, seeded by the id. */
  create(): Instance;
}

/** A case with its inputs on the host. */
export interface Instance {
  prepare(backend: Backend): Prepared;
  /** The same on another library; `undefined` where it has no such operation. */
  peer?(session: PeerSession): ReturnType<PeerSession["matmul"]>;
  /** What is wrong with a result, or `undefined`. */
  check(result: NumberArray): string | undefined;
}

/** A case with its inputs on a device. */
export interface Prepared {
  /** A promise where it has to look at numbers on its way. */
  run(): void | Promise<void>;
  /** The result of the last run. */
  result(): Promise<NumberArray>;
  dispose(): void;
}

/** A `Prepared` that keeps the newest result and frees the one before. */
export function prepared(
  inputs: readonly Pick<BlockMatrix, "dispose">[],
  compute: () => BlockMatrix,
): Prepared {
  let last: BlockMatrix | undefined;
  return {
    run() {
      last?.dispose();
      last = compute();
    },
    async result() {
      if (last === undefined) throw new Error("nothing was run yet");
      return last.toArray();
    },
    dispose() {
      last?.dispose();
      for (const input of inputs) input.dispose();
    },
  };
}
