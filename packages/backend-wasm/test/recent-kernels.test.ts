import { expect, test } from "vitest";
import type { Kernel } from "../src/kernel.js";
import { mostRecentKernels, RecentKernels } from "../src/recent-kernels.js";

const kernelOf = (name: string): Kernel => ({
  name,
  bytes: new Uint8Array(),
  itemBytes: 0,
  scratchBytes: 0,
});

test("keeps what is asked for again and again, and drops what is not", () => {
  const kernels = new RecentKernels();
  const generated: string[] = [];
  const get = (name: string): Kernel =>
    kernels.get(name, () => {
      generated.push(name);
      return kernelOf(name);
    });
  const used = get("used");
  const once = get("once");
  for (let i = 0; i < 5000; i++) {
    expect(get(`new ${i}`).name).toBe(`new ${i}`);
    // Seldom, but often enough.
    if (i % 200 === 0) expect(get("used")).toBe(used);
  }
  expect(generated.length).toBe(5002);
  expect(get("once")).not.toBe(once);
  // Half of them are surely there still, and no more than all.
  const latest = 5000 - mostRecentKernels / 2;
  generated.length = 0;
  for (let i = latest + 1; i < 5000; i++) get(`new ${i}`);
  expect(generated).toEqual([]);
  for (let i = 4999 - mostRecentKernels; i > 4000; i--) get(`new ${i}`);
  expect(generated.length).toBe(4999 - mostRecentKernels - 4000);
});
