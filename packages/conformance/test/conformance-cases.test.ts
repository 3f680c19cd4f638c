import { describe, expect, it } from "vitest";
import { conformanceCases } from "../src/index.js";
import { place } from "../src/layout.js";

const cases = conformanceCases();

describe("the cases", () => {
  it("have names of their own", () => {
    const names = cases.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    expect(names.length).toBeGreaterThan(5000);
  });

  it("are about every member of the contract", () => {
    expect([...new Set(cases.map(({ operation }) => operation))]).toEqual([
      "memory",
      "multiply",
      "pack",
      "map",
      "reduce",
      "gather",
      "scatterAdd",
      "softmax",
      "mapMany",
      "block operations",
      "laws",
      "errors",
      "lifecycle",
      "capabilities",
    ]);
  });

  it("pin every number down: to NaN, or within a bound that is small against what it bounds", {
    timeout: 60_000,
  }, () => {
    const loose = cases.flatMap((oneCase) => {
      if (oneCase.kind !== "problem" || oneCase.dtypes[0] === "f16") return [];
      const { inputs, results } = oneCase.problem;
      const count = inputs.reduce((sum, { elements }) => sum + elements.length, 0);
      return oneCase.problem.answer().flatMap(({ expected, bound }, i) => {
        const { rows, cols } = results[i] ?? { rows: -1, cols: -1 };
        const isWhole = expected.length === rows * cols && bound.length === rows * cols;
        const isLoose = bound.some((b, at) => {
          const size = Math.max(1, Math.abs(expected[at] ?? 0));
          // A sum of n numbers near 1 may be off by n²·u.
          return !(b === 0 || b <= 1e-3 * size || b <= 4 * count ** 2 * 2 ** -24);
        });
        return isWhole && !isLoose ? [] : [oneCase.name];
      });
    });
    expect(loose).toEqual([]);
  });

  it("give figures for speed", () => {
    const problems = cases.flatMap((one) => (one.kind === "problem" ? [one.problem] : []));
    const figures = problems.flatMap(({ flops, bytes }) => [flops, bytes]);
    expect(figures.filter((x) => !Number.isSafeInteger(x) || x < 0)).toEqual([]);
  });

  it("depend on nothing but the seed", () => {
    const answers = (): string =>
      conformanceCases({ runs: 1 })
        .slice(0, 400)
        .map((oneCase) =>
          oneCase.kind === "problem"
            ? oneCase.problem.answer().map(({ expected }) => expected.join())
            : "",
        )
        .join();
    expect(answers()).toBe(answers());
  });
});

describe("place", () => {
  it("gives each element a place inside, and only broadcasts share it", () => {
    for (const layout of [
      "rows",
      "columns",
      "padded",
      "padded columns",
      "strided",
      "reversed",
    ] as const) {
      for (const [rows, cols] of [
        [1, 1],
        [3, 4],
        [4, 1],
        [1, 5],
        [7, 2],
      ] as const) {
        const { offset, rowStride, colStride, length } = place(layout, rows, cols);
        const places = new Set<number>();
        for (let i = 0; i < rows; i++) {
          for (let j = 0; j < cols; j++) places.add(offset + i * rowStride + j * colStride);
        }
        expect(places.size, layout).toBe(rows * cols);
        expect(Math.min(...places), layout).toBe(0);
        expect(Math.max(...places), layout).toBe(length - 1);
      }
    }
  });
});
