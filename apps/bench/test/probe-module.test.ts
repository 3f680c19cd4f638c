import { describe, expect, test } from "vitest";
import { type ProbeExports, type ProbeOptions, probeModule } from "../src/probe-module.js";

function instance(options: ProbeOptions): ProbeExports | undefined {
  const bytes = probeModule(options);
  if (!WebAssembly.validate(bytes)) return undefined;
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes));
  return exports as unknown as ProbeExports;
}

const hasRelaxedSimd = instance({ dtype: "f32", fused: true, chains: 1, pages: 1 }) !== undefined;

/** What the formulas in the module's description give, in double precision. */
function expected({ fused, chains }: ProbeOptions, steps: number, x: number): number {
  let total = 0;
  for (let chain = 0; chain < chains; chain++) {
    let [sum, product] = [chain, chain];
    for (let step = 0; step < steps; step++) {
      product *= x;
      sum = fused ? sum * x + x : sum + product;
    }
    total += sum;
  }
  return total;
}

describe("multiply-adds", () => {
  const options = (["f32", "f64"] as const).flatMap((dtype) =>
    [false, true].flatMap((fused) =>
      [1, 6, 24].map((chains): ProbeOptions => ({ dtype, fused, chains, pages: 1 })),
    ),
  );
  test.each(options)("%j", (option) => {
    const made = instance(option);
    if (option.fused && !hasRelaxedSimd) {
      // The engine must lack it, and not the module be wrong in another way.
      expect(instance({ ...option, fused: false })).toBeDefined();
      return expect(made).toBeUndefined();
    }
    for (const [steps, x] of [
      [1, 0.5],
      [3, 0.75],
      [10, 1],
    ] as const) {
      // Few binary digits: exact in both types.
      expect(made?.multiplyAdd(steps, x)).toBe(expected(option, steps, x));
    }
  });
});

describe("memory", () => {
  const bytes = 4096;
  const { memory, copyVectors, copyBulk, read } = instance({
    ...{ dtype: "f64", fused: false, chains: 1, pages: 1 },
  }) as ProbeExports;

  test.each([
    ["vectors", copyVectors],
    ["bulk", copyBulk],
  ])("is copied, all of it and no more, by %s", (_, copy) => {
    const all = new Uint8Array(memory.buffer).map((_, i) => (i * 7 + 1) % 251);
    new Uint8Array(memory.buffer).set(all);
    copy(0, 2 * bytes, bytes);
    const after = all.slice();
    after.copyWithin(2 * bytes, 0, bytes);
    expect(new Uint8Array(memory.buffer)).toEqual(after);
  });

  test("is read, every word of it", () => {
    const words = new Int32Array(memory.buffer).fill(0);
    for (let word = 0; word < bytes / 16; word++) {
      words[4 * word] = 1 << (word % 31);
      const lowest = 1 << (word % 31);
      expect(read(0, bytes)).toBe(lowest);
      words[4 * word] = 0;
    }
    words[bytes / 4] = 1;
    expect(read(0, bytes)).toBe(0);
  });
});
