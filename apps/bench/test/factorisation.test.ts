import { js } from "@blk/backend-js";
import { type Backend, openBackend } from "@blk/core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { factorisationCases } from "../src/workloads/factorisation.js";

let backend: Backend;
beforeAll(async () => {
  backend = await openBackend([js()]);
});
afterAll(() => backend.dispose());

const n = 256;

/** Of factors that follow one another: one doubled and one halved, so that their product stays. */
test.each([
  ["qr", 0, n * n, "Qᵀ"],
  ["svd", n, n + n * n, "Uᵀ"],
] as const)("%s: factors that are not orthogonal are noticed", async (kind, start, end, name) => {
  const found = factorisationCases().find(({ id }) => id === `linalg/f64/${kind}/${n}`);
  const instance = found!.create();
  const prepared = instance.prepare(backend);
  await prepared.run();
  const result = await prepared.result();
  prepared.dispose();
  expect(instance.check(result)).toBeUndefined();
  const isHalved = (i: number): boolean => (kind === "qr" ? i >= end : i < start);
  const wrong = result.map((x, i) => (i >= start && i < end ? 2 * x : isHalved(i) ? x / 2 : x));
  expect(instance.check(wrong)).toContain(name);
});
