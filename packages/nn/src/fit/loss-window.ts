/**
 * How the loss is read without waiting for it: each step leaves its loss, and how many samples were
 * right, in a cell of a matrix on the device. After a while the matrix is read, while the next steps fill
 * another one.
 */
import { type Backend, BlockMatrix, type DType, map, window } from "@blk/core";

/** Steps of a window at most. */
const capacity = 512;

/** What a step left. */
export interface StepRecord {
  readonly loss: number;
  readonly correct: number;
  readonly samples: number;
}

export class LossWindow {
  readonly #cells: BlockMatrix;
  readonly #samples: number[] = [];

  constructor(backend: Backend, dtype: DType) {
    this.#cells = BlockMatrix.zeros(backend, { rows: 2, cols: capacity, dtype });
  }

  get isFull(): boolean {
    return this.#samples.length === capacity;
  }

  /** Notes a step: its loss (a mean over `samples`) and the count of right ones, both 1×1. */
  note(samples: number, loss: BlockMatrix, correct: BlockMatrix | undefined): void {
    const column = this.#samples.push(samples) - 1;
    this.#write(0, column, loss);
    if (correct !== undefined) this.#write(1, column, correct);
  }

  /** What was noted, and starts anew. Waits for the device. */
  async take(): Promise<readonly StepRecord[]> {
    const samples = this.#samples.splice(0);
    if (samples.length === 0) return [];
    const cells = await this.#cells.toArray();
    return samples.map((count, i) => ({
      loss: cells[i] as number,
      correct: cells[capacity + i] as number,
      samples: count,
    }));
  }

  dispose(): void {
    this.#cells.dispose();
  }

  #write(row: number, column: number, value: BlockMatrix): void {
    const cell = window(this.#cells, row, column, 1, 1);
    map(value, (x) => x, { out: cell, label: "fit" });
    cell.dispose();
  }
}

/** Losses are kept in their type; integers and halves as f32. */
export function windowDType({ dtype }: { readonly dtype: DType }): DType {
  return dtype === "f64" ? "f64" : "f32";
}
