import { js } from "@blk/backend-js";
import { type Backend, BlockMatrix, expr, map, openBackend, scope } from "@blk/core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import * as nn from "../src/index.js";
import { checkGradients } from "./gradient-check.js";
import { matrixOf } from "./matrices.js";

let backend: Backend;
beforeAll(async () => {
  backend = await openBackend([js()]);
});
afterAll(() => backend.dispose());

const numberOf = (value: number): BlockMatrix => BlockMatrix.fromRows(backend, [[value]]);
const cube = (x: nn.Value): nn.Variable => nn.mul(nn.mul(x, x), x);

describe("gradients", () => {
  it("consumes the graph, and keeps the result and what was kept", async () => {
    using x = nn.parameter(numberOf(3));
    const square = nn.mul(x, x).keep();
    const double = nn.scale(square, 2);
    using loss = nn.mul(double, x);
    const [gradient] = nn.gradients(loss, [x]) as [nn.Variable];
    expect(await gradient.toNumber()).toBe(54);
    expect([square.value.disposed, double.value.disposed]).toEqual([false, true]);
    expect(await loss.toNumber()).toBe(54);
    expect(() => nn.gradients(loss, [x])).toThrow(/consumed by an earlier pass.*keepGraph/);
    for (const variable of [gradient, square]) variable.dispose();
  });

  it("keeps what a kept view is a view of", async () => {
    using x = nn.parameter(BlockMatrix.fromRows(backend, [[1, 2]]));
    using column = nn.transpose(nn.mul(x, x)).keep();
    using loss = nn.sum(column);
    for (const gradient of nn.gradients(loss, [x])) gradient.dispose();
    expect(await column.toRows()).toEqual([[1], [4]]);
  });

  it("keeps the graph if asked, and records itself if asked", async () => {
    const { buffers } = backend.memoryUsage();
    const [once, again, third] = scope(() => {
      const x = nn.parameter(numberOf(2));
      const y = cube(x);
      const [once] = nn.gradients(y, [x], { keepGraph: true }) as [nn.Variable];
      const [first] = nn.gradients(y, [x], { createGraph: true }) as [nn.Variable];
      const [second] = nn.gradients(first, [x], { createGraph: true }) as [nn.Variable];
      const [third] = nn.gradients(second, [x]) as [nn.Variable];
      return [once.value, first.value, third.value];
    }) as [BlockMatrix, BlockMatrix, BlockMatrix];
    expect(await once.toNumber()).toBe(12);
    expect(await again.toNumber()).toBe(12);
    expect(await third.toNumber()).toBe(6);
    for (const matrix of [once, again, third]) matrix.dispose();
    expect(backend.memoryUsage().buffers).toBe(buffers);
  });

  it("are by any variable of the graph, zero for those outside, and each its own matrix", async () => {
    using x = nn.parameter(numberOf(3));
    using other = nn.parameter(BlockMatrix.fromRows(backend, [[1, 2]]));
    const square = nn.mul(x, x);
    using loss = nn.add(square, square);
    const got = nn.gradients(loss, [square, x, other, x, loss]);
    expect(await Promise.all(got.map((gradient) => gradient.toRows()))).toEqual([
      [[2]],
      [[12]],
      [[0, 0]],
      [[12]],
      [[1]],
    ]);
    for (const gradient of got) gradient.dispose();
  });

  it("start from a seed, which stays the caller's", async () => {
    using seed = BlockMatrix.fromRows(backend, [[1, 10]]);
    using x = nn.parameter(BlockMatrix.fromRows(backend, [[2, 3]]));
    using y = nn.repartition(nn.add(x, x), { blockCols: 1 });
    const [gradient] = nn.gradients(y, [x], { seed }) as [nn.Variable];
    expect(await gradient.toRows()).toEqual([[2, 20]]);
    gradient.dispose();
    expect(await seed.toRows()).toEqual([[1, 10]]);
  });

  it("of a sum is not the seed itself", async () => {
    using seed = BlockMatrix.fromRows(backend, [[1, 10]]);
    using x = nn.parameter(BlockMatrix.fromRows(backend, [[2, 3]]));
    using y = nn.add(x, seed);
    const [gradient] = nn.gradients(y, [x], { seed }) as [nn.Variable];
    gradient.dispose();
    expect(await seed.toRows()).toEqual([[1, 10]]);
  });

  it("refuses what it cannot differentiate", () => {
    using x = nn.parameter(BlockMatrix.fromRows(backend, [[2, 3]]));
    using y = nn.mul(x, x);
    expect(() => nn.gradients(y, [x])).toThrow(/is not 1×1; reduce it/);
    using seed = numberOf(1);
    expect(() => nn.gradients(y, [x], { seed })).toThrow(/expected a seed like/);
    using constant = nn.noGrad(() => nn.sum(x));
    expect(() => nn.gradients(constant, [x])).toThrow(/was recorded/);
    using integers = BlockMatrix.fromRows(backend, [[1]], { dtype: "i32" });
    expect(() => nn.parameter(integers)).toThrow(/integers have no gradient/);
  });

  it("frees the values of the graph as it goes, not at its end", () => {
    const seen: number[] = [];
    const watched = nn.differentiable({
      name: "watched",
      forward: (x) => map(x, (x) => expr.mul(2, x)),
      backward: (gradient) => {
        seen.push(backend.memoryUsage().buffers);
        return [map(gradient, (g) => expr.mul(2, g))];
      },
    });
    using x = nn.parameter(numberOf(1));
    const { buffers } = backend.memoryUsage();
    let y: nn.Variable = x;
    for (let i = 0; i < 10; i++) y = watched(y);
    const [gradient] = nn.gradients(y, [x]) as [nn.Variable];
    // Ten values and the first gradient; then one value less each time, and a gradient in its place.
    expect(seen).toEqual([11, 11, 10, 9, 8, 7, 6, 5, 4, 3].map((count) => buffers + count));
    for (const variable of [gradient, y]) variable.dispose();
    expect(backend.memoryUsage().buffers).toBe(buffers);
  });

  it("frees its temporaries when a rule throws", () => {
    const broken = nn.differentiable({
      name: "broken",
      forward: (x) => map(x, (x) => x),
      backward: (gradient) => {
        map(gradient, (g) => g);
        return fail();
      },
    });
    using x = nn.parameter(numberOf(1));
    const { buffers } = backend.memoryUsage();
    using loss = nn.mul(broken(nn.mul(x, x)), x);
    expect(() => nn.gradients(loss, [x])).toThrow(/no rule/);
    loss.dispose();
    expect(backend.memoryUsage().buffers).toBe(buffers);
  });
});

function fail(): never {
  throw new Error("no rule");
}

describe("memory of a graph", () => {
  it("goes with its result if no gradient is asked for", () => {
    using x = nn.parameter(numberOf(2));
    const { buffers } = backend.memoryUsage();
    const loss = nn.sum(nn.map(nn.mul(cube(x), x), expr.exp));
    expect(backend.memoryUsage().buffers).toBeGreaterThan(buffers + 1);
    loss.dispose();
    loss.dispose();
    expect(backend.memoryUsage().buffers).toBe(buffers);
  });

  it("is kept for the pass where a value was disposed before", async () => {
    using x = nn.parameter(numberOf(2));
    const { buffers } = backend.memoryUsage();
    {
      using loss = (() => {
        using square = nn.mul(x, x);
        using factor = nn.noGrad(() => nn.add(x, x));
        return nn.mul(square, factor);
      })();
      const [gradient] = nn.gradients(loss, [x]) as [nn.Variable];
      expect(await gradient.toNumber()).toBe(16);
      gradient.dispose();
    }
    expect(backend.memoryUsage().buffers).toBe(buffers);
  });

  it("of results of one operation stays while one of them is held", async () => {
    using x = nn.parameter(BlockMatrix.fromRows(backend, [[1, 2]], { blockCols: 1 }));
    const both = nn.differentiableMany({
      name: "both",
      forward: (x) => [map(x, (x) => x), map(x, expr.exp)],
      backward: ([g]) => [g],
    });
    const [first, second] = both(x) as [nn.Variable, nn.Variable];
    first.dispose();
    expect(second.value.disposed).toBe(false);
    second.dispose();
    expect(second.value.disposed).toBe(true);
  });

  it("in a scope that returns a variable stays with it", async () => {
    using x = nn.parameter(numberOf(2));
    const { buffers } = backend.memoryUsage();
    const loss = scope(() => nn.sum(cube(x)));
    const [gradient] = nn.gradients(loss, [x]) as [nn.Variable];
    expect(await gradient.toNumber()).toBe(12);
    gradient.dispose();
    loss.dispose();
    expect(backend.memoryUsage().buffers).toBe(buffers);
  });
});

describe("noGrad", () => {
  it("records nothing, and ends with an error too", () => {
    using x = nn.parameter(numberOf(2));
    using y = nn.noGrad(() => nn.mul(x, x));
    expect(y.wantsGradient).toBe(false);
    expect(() => nn.noGrad(fail)).toThrow(/no rule/);
    expect(nn.isRecording()).toBe(true);
    expect(() => nn.noGrad(async () => 1)).toThrow(/fn returned a promise/);
  });
});

describe("an operation written outside", () => {
  const divide = nn.differentiableMany({
    name: "divide",
    forward: (x, y) => [map([x, y], expr.div), map([x, y], expr.mul)],
    backward: ([quotient, product], [x, y], _, wants) => [
      wants[0]
        ? map(
            [...(quotient ? [quotient] : []), ...(product ? [product] : []), y as BlockMatrix],
            (...operands) => {
              const y = operands.at(-1) as (typeof operands)[number];
              const [first, second] = operands as [typeof y, typeof y];
              const ofQuotient = expr.div(first, y);
              if (quotient === undefined) return expr.mul(first, y);
              return product === undefined ? ofQuotient : expr.add(ofQuotient, expr.mul(second, y));
            },
          )
        : undefined,
      x && undefined,
    ],
  });

  it("has the gradient of its rule, of one result or all", async () => {
    using x = matrixOf(backend, 2, 3, 1);
    using y = matrixOf(backend, 2, 3, 2);
    await checkGradients((x) => divide(x, y)[0] as nn.Variable, [x]);
    await checkGradients((x) => divide(x, y)[1] as nn.Variable, [x]);
    await checkGradients((x) => nn.mul(...(divide(x, y) as [nn.Variable, nn.Variable])), [x]);
  });

  it("has no second derivative, and a rule that must fit", () => {
    const half = nn.differentiable({
      name: "half",
      forward: (x) => map(x, (x) => expr.mul(0.5, x)),
      backward: (g) => [map([g], () => expr.constant(0.5))],
    });
    using x = nn.parameter(numberOf(2));
    using loss = nn.mul(half(x), x);
    expect(() => nn.gradients(loss, [x], { createGraph: true })).toThrow(/first derivative only/);
    const wrong = nn.differentiable({
      name: "wrong",
      forward: (x) => map(x, (x) => x),
      backward: () => [BlockMatrix.zeros(backend, { rows: 2, cols: 2 })],
    });
    using result = wrong(x);
    expect(() => nn.gradients(result, [x])).toThrow(/the rule of wrong gave a gradient 2×2/);
  });
});

describe("assign", () => {
  it("replaces the value of a parameter only, by one like it", () => {
    using x = nn.parameter(numberOf(2));
    const old = x.value;
    x.assign(numberOf(3));
    expect(old.disposed).toBe(true);
    using y = nn.mul(x, x);
    using wide = BlockMatrix.fromRows(backend, [[1, 2]]);
    using double = BlockMatrix.fromRows(backend, [[1]], { dtype: "f64" });
    expect(() => y.assign(x.value)).toThrow(/assign to a parameter/);
    expect(() => x.assign(wide)).toThrow(/expected a matrix like/);
    expect(() => x.assign(double)).toThrow(/convert it with cast/);
  });
});
