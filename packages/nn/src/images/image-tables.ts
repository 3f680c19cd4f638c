import { type Backend, BlockMatrix, unscoped, window } from "@blk/core";

/** Whole numbers for each pixel or window of one image; those of the next image are `step` larger. */
export interface Table {
  readonly numbers: Int32Array;
  /** Numbers in a line. */
  readonly cols: number;
  /** 0 for numbers that are no places. Negative ones always stay as they are. */
  readonly step: number;
}

/**
 * Tables of one image on a backend, repeated for as many images as a batch has. The memory is that
 * of the largest batch; smaller ones are views of it.
 */
export class ImageTables<Name extends string> {
  readonly #backend: Backend;
  readonly #tables: Readonly<Record<Name, Table>>;
  readonly #ofBatch = new Map<number, Readonly<Record<Name, BlockMatrix>>>();
  #largest: { readonly images: number; readonly whole: Record<Name, BlockMatrix> } | undefined;
  /** Every matrix that owns memory: recorded operations may still read those of smaller batches. */
  readonly #owned: BlockMatrix[] = [];

  constructor(backend: Backend, tables: Readonly<Record<Name, Table>>) {
    this.#backend = backend;
    this.#tables = tables;
  }

  /** The tables for a batch, each an i32 matrix; they live until `dispose`. */
  of(images: number): Readonly<Record<Name, BlockMatrix>> {
    let views = this.#ofBatch.get(images);
    if (views !== undefined) return views;
    const names = Object.keys(this.#tables) as Name[];
    views = unscoped(() => {
      if (this.#largest === undefined || images > this.#largest.images) {
        const whole = recordOf(names, (name) => this.#upload(this.#tables[name], images));
        this.#owned.push(...(Object.values(whole) as BlockMatrix[]));
        this.#largest = { images, whole };
      }
      const { whole } = this.#largest;
      return recordOf(names, (name) => {
        const { numbers, cols } = this.#tables[name];
        return window(whole[name], 0, 0, images * (numbers.length / cols), cols);
      });
    });
    this.#ofBatch.set(images, views);
    return views;
  }

  dispose(): void {
    for (const matrix of this.#owned) matrix.dispose();
    this.#owned.length = 0;
    this.#ofBatch.clear();
    this.#largest = undefined;
  }

  #upload({ numbers, cols, step }: Table, images: number): BlockMatrix {
    const all = new Int32Array(images * numbers.length);
    for (let image = 0; image < images; image++) {
      const start = image * numbers.length;
      for (let i = 0; i < numbers.length; i++) {
        const number = numbers[i] as number;
        all[start + i] = number < 0 ? number : number + image * step;
      }
    }
    return BlockMatrix.fromArray(this.#backend, all, { rows: all.length / cols, cols });
  }
}

function recordOf<Name extends string, T>(
  names: readonly Name[],
  make: (name: Name) => T,
): Record<Name, T> {
  return Object.fromEntries(names.map((name) => [name, make(name)])) as Record<Name, T>;
}
