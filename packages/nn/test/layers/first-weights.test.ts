import { js } from "@blk/backend-js";
import { openBackend, relu } from "@blk/core";
import { expect, it } from "vitest";
import { blockSparseLinear, conv2d, type Module, Random } from "../../src/index.js";

/** The mean square of the present weights, of which there are `count`. */
async function meanSquare({ parameters: [weight] }: Module, count: number): Promise<number> {
  const numbers = Array.from(await weight!.variable.toArray());
  return numbers.reduce((sum, x) => sum + x * x, 0) / count;
}

it("first weights have the deviation of the numbers that reach an output: of present blocks, of a group", async () => {
  await using backend = await openBackend([js()]);
  const shared = { backend, random: new Random(1), activation: relu };
  const cuts = { blockRows: 25, blockCols: 25, pattern: { density: 0.25 } };
  const sparse = blockSparseLinear({ ...shared, inputs: 200, outputs: 200, ...cuts });
  const image = { height: 3, width: 3, channels: 32 };
  const grouped = conv2d({ ...shared, image, outputs: 64, kernel: 3, groups: 4 });
  for (const [layer, count, reach] of [
    [sparse, 10_000, 50],
    [grouped, 9 * 8 * 64, 9 * 8],
  ] as const) {
    // The mean square of n numbers has a relative deviation of √(2/n).
    const relative = (await meanSquare(layer, count)) / (2 / reach) - 1;
    expect(Math.abs(relative)).toBeLessThan(5 * Math.sqrt(2 / count));
  }
});
