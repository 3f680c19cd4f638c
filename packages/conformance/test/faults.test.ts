import { describe, expect, it } from "vitest";
import { type Case, conformanceCases, runCase } from "../src/index.js";
import { type Fault, naive } from "./naive-backend.js";

const cases = conformanceCases({ runs: 3 });

/** The case of this name. */
function caseOf(wanted: string): Case {
  const found = cases.find(({ name }) => name === wanted);
  if (found === undefined) throw new Error(`there is no case ${wanted}`);
  return found;
}

/** What went wrong, by the name of the case, on a backend with these faults. */
async function failuresOf(
  cases: readonly Case[],
  ...faults: readonly Fault[]
): Promise<ReadonlyMap<string, string | undefined>> {
  const provider = naive(...faults);
  const backend = await provider.create();
  const failures = new Map<string, string | undefined>();
  for (const oneCase of cases) {
    const { name, status, message } = await runCase(oneCase, { backend, open: provider.create });
    if (status === "failed") failures.set(name, message);
  }
  await backend.dispose();
  return failures;
}

describe("the suite", () => {
  it("passes a backend without faults", { timeout: 120_000 }, async () => {
    expect([...(await failuresOf(cases))]).toEqual([]);
  });

  it("tells which element is wrong", async () => {
    const provider = naive("edge tile");
    const backend = await provider.create();
    const { wrong, message } = await runCase(caseOf("multiply/f32/9×7×8/A·Bᵀ"), {
      backend,
      open: provider.create,
    });
    expect(wrong).toMatchObject({ result: "c", rows: 9, row: 8, bound: expect.any(Number) });
    expect(message).toContain(`element (8, ${wrong?.col}) of c`);
    expect(message).toContain(`is ${wrong?.got} instead of ${wrong?.expected} ± ${wrong?.bound}`);
    await backend.dispose();
  });

  it.each<[Fault, caughtBy: string, message: RegExp]>([
    ["edge tile", "multiply/f32/9×7×8/A·Bᵀ", /element \(8, \d\) of c .* instead of/],
    ["bias per k-block", "multiply/f32/terms/7×6/depths 65+64, bias and relu once", /instead of/],
    ["beta read when 0", "multiply/f32/scalars/9×10×11/alpha 1, beta 0", /is NaN instead of/],
    ["stride ignored", "multiply/f32/layout/b padded", /instead of/],
    ["off-by-one write", "multiply/f32/layout/c rows", /memory around c was overwritten/],
    ["index clamped", "gather/f64/outside/8 columns", /instead of 0/],
    ["last maximum", "reduce/f32/argmax/rows/ties", /element \(0, 0\) of out .* is 4 instead of 0/],
    ["NaN skipped", "reduce/f32/max/rows/NaN and infinity", /instead of NaN/],
    ["leak", "memory/usage counts live buffers", /counts disposed buffers/],
    ["first of the list", "multiply/f32/list/100 tiny ones", /instead of/],
    ["packed edge", "pack/f32/5×9×7/A·B", /element \(0, 8\) of c .* instead of/],
    ["out before read", "mapMany/f32/3 in place, turned", /of out 2 .* instead of/],
    ["half sums", "multiply/f32/16×16×16/A·B", /instead of/],
  ])("catches a fault of the kind: %s", async (fault, caughtBy, message) => {
    const failures = await failuresOf([caseOf(caughtBy)], fault);
    expect(failures.get(caughtBy)).toMatch(message);
  });
});
