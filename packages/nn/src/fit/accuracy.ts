import { argmax, type BlockMatrix, expr, map, sum } from "@blk/core";

/** Counts how many samples the outputs get right, as a 1×1 matrix. */
export type CountCorrect = (outputs: BlockMatrix, targets: BlockMatrix) => BlockMatrix;

/**
 * Rows whose largest output is that of the wanted class: `targets` is an i32 column of class numbers.
 * i32, 1×1.
 */
export const countCorrectClasses: CountCorrect = (outputs, targets) =>
  sum(map([argmax(outputs, { per: "row" }), targets], expr.equal));

/** Whether targets are class numbers, of which there is something to get right. */
export function areClasses({ dtype, cols }: BlockMatrix): boolean {
  return dtype === "i32" && cols === 1;
}
