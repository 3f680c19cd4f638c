import { expect, test, vi } from "vitest";
import { contractCases } from "../src/conformance-cases.js";
import { changedBackend } from "./changed-backend.js";

// Everything takes longer while other packages are tested beside.
vi.setConfig({ testTimeout: 30_000 });

const cases = contractCases();

const wrong = changedBackend("wrong", (backend) => ({
  read: async (view) => (await backend.read(view)).map((x) => x + 1) as Float64Array,
  hostMemory: undefined as never,
}));

test("a case that failed tells its inputs and the element that is wrong", async () => {
  const name = "multiply/f32/8×8×8/A·B";
  const backend = await wrong.create();
  const own = cases.find((each) => each.name === name);
  const { failure, message } = (await own?.run({ backend, open: wrong.create })) ?? {};
  expect(failure?.inputs.map(({ rows, cols }) => [rows, cols])).toEqual([
    [8, 8],
    [8, 8],
  ]);
  expect(failure?.wrong).toMatchObject({ result: "c", row: 0, col: 0, rows: 8, cols: 8 });
  const { got, expected } = failure?.wrong ?? {};
  expect(Number(got)).toBeCloseTo(Number(expected) + 1, 5);
  const [a, b] =
    failure?.inputs.map(({ elements }) => elements.map((row) => row.map(Number))) ?? [];
  const product = a?.[0]?.reduce((sum, x, k) => sum + x * (b?.[k]?.[0] ?? 0), 0);
  expect(product).toBeCloseTo(Number(expected), 5);
  expect(message).toContain(`is ${got} instead of ${expected}`);
});

test("of a large input the first rows and columns are kept, and of procedures nothing", async () => {
  const backend = await wrong.create();
  const target = { backend, open: wrong.create };
  const large = cases.find(({ name }) => name.startsWith("multiply/f32/large/"));
  const [a] = (await large?.run(target))?.failure?.inputs ?? [];
  expect(Math.max(a?.rows ?? 0, a?.cols ?? 0)).toBeGreaterThan(24);
  expect(a?.elements.length).toBeLessThanOrEqual(24);
  expect(a?.elements[0]?.length).toBeLessThanOrEqual(24);
  const procedure = cases.find(({ operation }) => operation === "laws");
  expect((await procedure?.run(target))?.failure).toBeUndefined();
});
