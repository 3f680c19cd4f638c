import { expect, test } from "vitest";
import { completeParams } from "../src/params.js";

test("the defaults pass their own checks", () => {
  expect(completeParams({ kc: 7 })).toEqual({ ...completeParams(), kc: 7 });
});

test.each([
  [{ mc: 6 }, "mc"],
  [{ nc: 0 }, "nc"],
  [{ kc: 1.5 }, "kc"],
  [{ kc: -1 }, "kc"],
  [{ chunk: 3 }, "chunk"],
  [{ chunk: Number.NaN }, "chunk"],
  [{ mc: 2 ** 16, nc: 2 ** 16 }, "1 GiB"],
])("refuses %j", (params, word) => {
  expect(() => completeParams(params)).toThrow(word);
});
