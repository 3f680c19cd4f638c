import { describe, expect, test } from "vitest";
import { idsOf, select } from "../src/selection.js";

const chosen = (options: { quick?: boolean; peers?: boolean; cases?: string }) =>
  select({ quick: false, peers: false, ...options }, []);

const ids = (cases: readonly { readonly id: string }[]): readonly string[] =>
  cases.map(({ id }) => id);

describe("a case that is only run when asked for", () => {
  const id = "matmul/f32/251";

  test("is left out of a run of everything, and of a quick one", () => {
    expect(ids(chosen({}).performance)).not.toContain(id);
    expect(ids(chosen({}).performance)).toContain("matmul/f32/2048");
    expect(ids(chosen({ quick: true }).performance)).not.toContain("matmul/f32/2048");
  });

  test("is run where --cases names it", () => {
    expect(ids(chosen({ cases: id }).performance)).toEqual([id]);
    expect(() => chosen({ cases: id, quick: true })).toThrow(/--quick leaves out all/);
  });

  test("is compared with --peers, once and not a second time alone", () => {
    const { performance, compared, related } = chosen({ peers: true });
    expect(ids(performance)).not.toContain(id);
    expect(ids(compared)).toContain(id);
    expect(ids(related)).toContain("matmul/f32/window/512");
    expect(ids(chosen({ peers: true, quick: true }).compared)).not.toContain(id);
  });
});

test("what other libraries do not have is not compared with them", () => {
  const { compared } = chosen({ peers: true });
  for (const id of ["call/f32/multiply/1", "matmul/f32/window/512", "elementwise/f32/exp/1024"]) {
    expect(ids(compared)).not.toContain(id);
  }
});

test("training steps are only compared, and the remedy is told", () => {
  const adam = "training/f32/784-512-256-10-adam";
  const training = [
    "training/f32/784-128-10-momentum",
    adam,
    `${adam}/nn`,
    "training/f32/28x28x1-conv16-conv32-1568-128-10-adam/nn",
    "training/f32/28x28x1-conv16-conv32-1568-128-10-adam/batch-128/nn",
  ];
  expect(chosen({}).training).toEqual([]);
  expect(chosen({ peers: true }).training).toEqual(training);
  expect(idsOf(chosen({ peers: true, cases: "training/*" }))).toEqual(training);
  expect(() => chosen({ cases: "training/*" })).toThrow(/run it with --peers$/);
  expect(() => chosen({ cases: "training/*", peers: true, quick: true })).toThrow(
    /without --quick/,
  );
});
