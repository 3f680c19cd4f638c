import { js } from "@blk/backend-js";
import { openBackend } from "@blk/core";
import { decode } from "fast-png";
import { expect, test } from "vitest";
import { loadFashionMnist } from "../src/data/fashion-mnist.js";
import { compress, compressionProblem, ranks } from "../src/workloads/compression.js";

test("a picture of a higher rank is nearer, as near as any of its rank can be", async () => {
  const backend = await openBackend([js()]);
  const { test: images } = await loadFashionMnist({ split: "bundled" });
  const result = await compress(backend, images);
  expect(backend.memoryUsage().buffers).toBe(0);
  await backend.dispose();
  expect(compressionProblem(result)).toBeUndefined();
  expect(result.pictures.map(({ rank }) => rank)).toEqual(ranks);
  const errors = result.pictures.map(({ error }) => error);
  expect(errors).toEqual([...errors].sort((x, y) => y - x));
  expect(errors[0]).toBeGreaterThan(errors.at(-1)! * 1.5);

  const original = decode(Buffer.from(result.png, "base64"));
  expect([original.width, original.height, original.channels]).toEqual([224, 224, 1]);
  // The second image of the first row begins at column 28.
  expect([...original.data.subarray(28, 56)]).toEqual([...images.images.subarray(784, 812)]);
  const best = decode(Buffer.from(result.pictures.at(-1)!.png, "base64"));
  expect(best.data).toHaveLength(224 * 224);
  const worse = { ...result.pictures[0]!, error: 0.9 };
  expect(compressionProblem({ ...result, pictures: [worse] })).toMatch(/^rank 2/);
});
