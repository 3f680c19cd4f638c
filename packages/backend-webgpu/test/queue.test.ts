import { denseView } from "@blk/core";
import { expect, test } from "vitest";
import { provider } from "./gpu.js";

test("what was written is read back", async () => {
  const backend = await provider.create();
  const buffer = backend.allocate(24);
  backend.write(buffer, new Float32Array([1, 2, 3, 4, 5, 6]));
  expect(await backend.read(denseView(buffer, "f32", 2, 3))).toEqual(
    new Float32Array([1, 2, 3, 4, 5, 6]),
  );
  await backend.finish();
  await backend.dispose();
});
