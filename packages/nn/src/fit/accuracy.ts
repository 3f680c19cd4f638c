import { argmax, BlkError, type BlockMatrix, expr, map, max, sum } from "@blk/core";
import type { Data } from "./data.js";

/** Counts how many samples the outputs get right, as a 1×1 matrix. */
export type CountCorrect = (outputs: BlockMatrix, targets: BlockMatrix) => BlockMatrix;

/**
 * Rows whose largest output is that of the wanted class: `targets` is an i32 column of class numbers.
 * i32, 1×1.
 */
const countCorrectClasses: CountCorrect = (outputs, targets) =>
  sum(map([argmax(outputs, { per: "row" }), targets], expr.equal));

/** How the right samples of a run are counted, if they are. */
export class Accuracy {
  /** `undefined` where there is nothing to get right. */
  count: CountCorrect | undefined;
  /** The largest class of all targets, where they are classes. */
  #largest = -1;

  /** By class, where targets of a run are class numbers, unless a way is given. */
  constructor(given: CountCorrect | undefined, data: Data) {
    const isOfClasses = classesOf(data) !== undefined;
    this.count = given ?? (isOfClasses ? countCorrectClasses : undefined);
  }

  /** One look at all classes, before the first step: the loss of one without an output is nothing. */
  async readClasses(...all: readonly (Data | undefined)[]): Promise<void> {
    if (this.count !== countCorrectClasses) return;
    for (const data of all) {
      const classes = data && classesOf(data);
      if (classes === undefined) continue;
      using largest = max(classes);
      this.#largest = Math.max(this.#largest, await largest.toNumber());
    }
  }

  /** Throws `DATA` for classes that have no output. A single output tells no classes apart. */
  checkOutputs({ cols }: { readonly cols: number }): void {
    if (this.count !== countCorrectClasses) return;
    if (cols === 1) this.count = undefined;
    else if (this.#largest >= cols) {
      throw new BlkError(
        "DATA",
        `fit: the targets have classes up to ${this.#largest}, but the model has ${cols} outputs, for classes 0 to ${cols - 1}; count classes from 0, or give the last layer more outputs`,
      );
    }
  }
}

/** Targets that are class numbers, in memory. */
function classesOf(data: Data): BlockMatrix | undefined {
  if (!("targets" in data)) return undefined;
  const { targets } = data;
  return targets.dtype === "i32" && targets.cols === 1 ? targets : undefined;
}
