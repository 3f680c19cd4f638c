import {
  add,
  type Backend,
  type BlkErrorCode,
  BlockMatrix,
  block,
  checked,
  expr,
  gather,
  isBlkError,
  map,
  matmul,
  mean,
  norm,
  openBackend,
  reduce,
  scatterAdd,
  scope,
  softmax,
  sum,
  transpose,
  window,
} from "@blk/core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { js } from "../src/index.js";

let be: Backend;
let a: BlockMatrix;
let column: BlockMatrix;
beforeAll(async () => {
  be = checked(await openBackend([js()]));
  a = BlockMatrix.fromRows(be, [
    [1, 2],
    [3, 4],
  ]);
  column = BlockMatrix.fromRows(be, [[0], [1]], { dtype: "i32" });
});
afterAll(async () => {
  a.dispose();
  column.dispose();
  expect(be.memoryUsage().buffers).toBe(0);
  await be.dispose();
});

// What JavaScript lets through and TypeScript does not.
// biome-ignore lint/suspicious/noExplicitAny: that is the point
const any = (value: unknown): any => value;
const { fromArray, fromBlocks, fromRows, full, identity, zeros } = BlockMatrix;
const size = { rows: 1, cols: 1 };
const huge = { rows: 1e6, cols: 1e6 };

const mistakes: Readonly<Record<string, readonly [BlkErrorCode, RegExp, () => unknown]>> = {
  "an unknown dtype": [
    "DTYPE",
    /^zeros: .*f32, f64, f16, i32, got "float32"/,
    () => zeros(be, { ...size, dtype: any("float32") }),
  ],
  "an unknown dtype of an identity": [
    "DTYPE",
    /^identity: /,
    () => identity(be, 2, { dtype: any("x") }),
  ],
  "zeros too large": ["OUT_OF_MEMORY", /^zeros: 4000000000000 bytes .* \d+/, () => zeros(be, huge)],
  "full too large": ["OUT_OF_MEMORY", /^full: 4000000000000 bytes/, () => full(be, 1, huge)],
  "an identity too large": [
    "OUT_OF_MEMORY",
    /^identity: 4000000000000 bytes/,
    () => identity(be, 1e6),
  ],
  "an array too short for its size": [
    "SHAPE",
    /needs 1000000000000/,
    () => fromArray(be, [], huge),
  ],
  "no backend": ["ARGUMENT", /^fromRows: expected an open backend/, () => fromRows(any(null), [])],
  "a provider as backend": [
    "ARGUMENT",
    /an open backend, got a provider; .*await openBackend/,
    () => fromRows(any(js()), [[1]]),
  ],
  "a promise as backend": [
    "ARGUMENT",
    /an open backend, got a promise/,
    () => zeros(any(openBackend([js()])), size),
  ],
  "a provider that is not in a list": [
    "ARGUMENT",
    /openBackend\(\[js\(\)\]\)/,
    () => openBackend(any(js())),
  ],
  "no options": ["ARGUMENT", /^zeros: expected options .*undefined/, () => any(zeros)(be)],
  "options of null": ["ARGUMENT", /^fromRows: /, () => fromRows(be, [[1]], any(null))],
  "cuts that are no list": [
    "ARGUMENT",
    /^zeros, blockRows: .*block lengths/,
    () => zeros(be, { ...size, blockRows: any({}) }),
  ],
  "a pattern that is no rule": [
    "ARGUMENT",
    /^zeros: .*BlockPattern/,
    () => zeros(be, { ...size, pattern: any("all") }),
  ],
  "a size of NaN": ["ARGUMENT", /^zeros: .*NaN/, () => zeros(be, { rows: Number.NaN, cols: 1 })],
  "a hole in a row": [
    "ARGUMENT",
    /^fromRows: element \(0, 1\) is undefined/,
    () => fromRows(be, any([holed])),
  ],
  "a hole among rows": [
    "ARGUMENT",
    /^fromRows: .*row 1 is undefined/,
    () => fromRows(be, any(withoutRow)),
  ],
  "a hole in an array": [
    "ARGUMENT",
    /element 1 is undefined/,
    () => fromArray(be, any(holed), { rows: 1, cols: 3 }),
  ],
  "bytes as numbers": [
    "DTYPE",
    /^fromArray: .*Int8Array/,
    () => fromArray(be, any(new Int8Array(1)), size),
  ],
  "blocks that are no list": ["ARGUMENT", /^fromBlocks: /, () => fromBlocks(be, any(null), size)],
  "a block without data": [
    "ARGUMENT",
    /^fromBlocks: /,
    () => fromBlocks(be, any([{ row: 0, col: 0 }]), size),
  ],
  "an activation by name": [
    "ARGUMENT",
    /^matmul: .*activation is not a function.*function of expressions/,
    () => matmul(a, a, { activation: any("relu") }),
  ],
  "a transpose of nothing": ["ARGUMENT", /^transpose: .*null/, () => transpose(any(null))],
  "a gather from nothing": ["ARGUMENT", /^gather: .*null/, () => gather(any(null), [0])],
  "a gather of a number": ["ARGUMENT", /^gather: .*\[index\]/, () => gather(a, any(5))],
  "a block of nothing": ["ARGUMENT", /^block: /, () => block(any(undefined), 0, 0)],
  "a window of nothing": ["ARGUMENT", /^window: /, () => window(any(undefined), 0, 0, 1, 1)],
  "a norm of nothing": ["ARGUMENT", /^norm: /, () => norm(any(null))],
  "a mean of nothing": ["ARGUMENT", /^mean: /, () => mean(any(null))],
  "a softmax per cols": [
    "ARGUMENT",
    /^softmax: .*row, column/,
    () => softmax(a, { per: any("cols") }),
  ],
  "absent blocks ignored": [
    "ARGUMENT",
    /^sum: .*zero, skip, got "ignore"/,
    () => sum(a, { absent: any("ignore") }),
  ],
  "a function by name": [
    "ARGUMENT",
    /^map: expected a function of expressions, .*"exp"/,
    () => map(a, any("exp")),
  ],
  "arithmetic on expressions": [
    "ARGUMENT",
    /^map: the function computed NaN/,
    () => map(a, (x) => any(x) * 2),
  ],
  "a function of Math": ["ARGUMENT", /expr\.exp/, () => map(a, any(Math.exp))],
  "a function without return": [
    "ARGUMENT",
    /^map: .*gave undefined/,
    () =>
      map(
        a,
        any(() => undefined),
      ),
  ],
  "a missing operand of an expression": [
    "ARGUMENT",
    /^map: .*operand 1 is missing/,
    () => map(a, (x, y) => expr.add(x, y as never)),
  ],
  "a missing operand of an operation": [
    "ARGUMENT",
    /^add: .*undefined as operand 1/,
    () => any(add)(a),
  ],
  "an operand that is no expression": [
    "ARGUMENT",
    /^reduce: .*undefined/,
    () => reduce(a, { op: "sum", expr: (x) => expr.add(x, any(undefined)) }),
  ],
  "a block outside": [
    "BOUNDS",
    /^block: there is no block \(2, 0\) .*1×1 blocks.*repartition/,
    () => block(a, 2, 0),
  ],
  "a block to read outside": ["BOUNDS", /^readBlock: .*\(0, -1\)/, () => a.readBlock(0, -1)],
  "a scatter onto itself": ["ALIAS", /^scatterAdd: .*source/, () => scatterAdd(a, [0, 1], a)],
  "a scatter of its own window": [
    "ALIAS",
    /source/,
    () => scope(() => scatterAdd(a, [0], window(a, 1, 0, 1, 2))),
  ],
  "a scatter onto its indices": [
    "ALIAS",
    /^scatterAdd: .*index matrix/,
    () => scope(() => scatterAdd(column, column, zeros(be, { rows: 2, cols: 1, dtype: "i32" }))),
  ],
  "a memory limit of NaN": [
    "ARGUMENT",
    /memoryLimit/,
    () => openBackend([js({ memoryLimit: Number.NaN })]),
  ],
  "params that no loop runs with": [
    "ARGUMENT",
    /^js: mc must be/,
    () => openBackend([js({ params: { mc: 3 } })]),
  ],
};
const withoutRow = [[1], [0], [2]];
delete withoutRow[1];
// biome-ignore lint/suspicious/noSparseArray: that is the point
const holed = [1, , 3];

describe("bad input is refused in one clear sentence", () => {
  for (const [name, [code, says, make]] of Object.entries(mistakes)) {
    it(name, async () => {
      let error: unknown;
      try {
        await make();
      } catch (caught) {
        error = caught;
      }
      expect(isBlkError(error), String(error)).toBe(true);
      expect(error).toMatchObject({ code, message: expect.stringMatching(says) });
      expect((error as Error).message).not.toContain("\n");
    });
  }
});

it("fills matrices that take several writes", async () => {
  using ones = BlockMatrix.full(be, 1, { rows: 1100, cols: 1001, dtype: "f16" });
  using wide = map(ones, (x) => x, { dtype: "f64" });
  using total = sum(wide);
  expect(await total.toNumber()).toBe(1100 * 1001);
});

describe("a view that a scope returns", () => {
  const made = (): BlockMatrix => scope(() => transpose(matmul(a, a)));

  it("takes its source with it", () => {
    const before = be.memoryUsage().buffers;
    made().dispose();
    expect(be.memoryUsage().buffers).toBe(before);
    const twice = scope(() => transpose(made()));
    expect(be.memoryUsage().buffers).toBe(before + 1);
    twice.dispose();
    expect(be.memoryUsage().buffers).toBe(before);
  });

  it("leaves a source that others hold", async () => {
    const before = be.memoryUsage().buffers;
    const [view, source] = scope(() => {
      const product = matmul(a, a);
      return [transpose(product), product] as const;
    });
    view.dispose();
    expect(await source.toRows()).toEqual([
      [7, 10],
      [15, 22],
    ]);
    source.dispose();
    scope(() => transpose(a)).dispose();
    expect(a.disposed).toBe(false);
    expect(be.memoryUsage().buffers).toBe(before);
  });

  it("shares its source with other views until the last is disposed", async () => {
    const before = be.memoryUsage().buffers;
    const [x, y] = scope(() => {
      const product = matmul(a, a);
      return [transpose(product), window(product, 0, 0, 1, 1)] as const;
    });
    x.dispose();
    expect(await y.toNumber()).toBe(7);
    y.dispose();
    expect(be.memoryUsage().buffers).toBe(before);
  });

  it("may be kept by an outer scope by its source alone", () => {
    using source = scope(() => made().source as BlockMatrix);
    expect(source.disposed).toBe(false);
  });
});
