import type { Elementwise } from "../backend.js";
import { allocateMatrix, type BlockMatrix } from "../block-matrix.js";
import { constant, input } from "../expression/build.js";
import { BlockGrid } from "../storage.js";
import { commonBackend } from "./operands.js";

/** A dense copy with the same partitions; absent blocks become zeros. */
export function toDense(a: BlockMatrix): BlockMatrix {
  const backend = commonBackend("toDense", [a]);
  const { rowPartition, colPartition } = a;
  const layout = { rowPartition, colPartition };
  return allocateMatrix(backend, a.dtype, layout, "toDense", (result) => {
    const target = result.storage("toDense");
    const source = a.storage("toDense");
    if (source.kind === "dense" && target.kind === "dense") {
      backend.map([{ inputs: [source.view], out: target.view }], input(0));
      return;
    }
    const copies: Elementwise[] = [];
    const zeros: Elementwise[] = [];
    const from = new BlockGrid(source, a);
    const to = new BlockGrid(target, layout);
    for (let row = 0; row < rowPartition.count; row++) {
      for (let col = 0; col < colPartition.count; col++) {
        const out = to.view(row, col);
        const block = from.view(row, col);
        if (out === undefined) continue;
        if (block === undefined) zeros.push({ inputs: [], out });
        else copies.push({ inputs: [block], out });
      }
    }
    if (zeros.length > 0) backend.map(zeros, constant(0));
    if (copies.length > 0) backend.map(copies, input(0));
  });
}
