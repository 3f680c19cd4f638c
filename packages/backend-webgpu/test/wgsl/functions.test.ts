import { type Backend, type BinaryOp, denseView, type Expr, expr, type UnaryOp } from "@blk/core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { provider } from "../gpu.js";

let backend: Backend;
beforeAll(async () => {
  backend = await provider.create();
});
afterAll(() => backend.dispose());

const [x, y] = [expr.input(0), expr.input(1)];
const smallestNormal = 2 ** -126;

/** Floats by their bits, every so many of all that there are but subnormal ones and NaN. */
function everyFloat(step: number): Float32Array<ArrayBuffer> {
  const bits = Uint32Array.from({ length: Math.floor(2 ** 32 / step) }, (_, i) => i * step);
  return new Float32Array(bits.buffer).filter((value) => {
    return Number.isFinite(value) && Math.abs(value) >= smallestNormal;
  });
}

function between(low: number, high: number, count: number): Float32Array<ArrayBuffer> {
  return Float32Array.from({ length: count }, (_, i) => low + ((high - low) * i) / (count - 1));
}

function joined(...parts: readonly Float32Array[]): Float32Array<ArrayBuffer> {
  return Float32Array.from(parts.flatMap((part) => [...part]));
}

async function computed(
  expression: Expr,
  ...inputs: readonly Float32Array[]
): Promise<Float32Array> {
  const count = inputs[0]?.length ?? 0;
  const views = [...inputs, new Float32Array(count)].map((numbers) => {
    const buffer = backend.allocate(4 * count);
    backend.write(buffer, numbers);
    return denseView(buffer, "f32", 1, count);
  });
  const out = views.pop()!;
  backend.map([{ inputs: views, out }], expression);
  const results = await backend.read(out);
  for (const { buffer } of [...views, out]) buffer.dispose();
  return results as Float32Array;
}

/** By how many units in its last place a result is off; flushed subnormal numbers are right. */
function ulpsOff(got: number, exact: number): number {
  const size = Math.abs(exact);
  if (Number.isNaN(exact)) return 0;
  if (size < smallestNormal) return Math.abs(got) <= smallestNormal ? 0 : Number.POSITIVE_INFINITY;
  // Infinity stands for the next power of two.
  if (size >= 2 ** 128 * (1 - 2 ** -25)) return got === Math.sign(exact) * Infinity ? 0 : 1e9;
  const value = Math.abs(got) === Infinity ? Math.sign(got) * 2 ** 128 : got;
  const ulp = 2 ** (Math.floor(Math.log2(size)) - 23);
  return Math.abs(value - exact) / ulp;
}

function worst(
  results: Float32Array,
  exact: (index: number) => number,
): { ulps: number; index: number } {
  let most = { ulps: 0, index: -1 };
  results.forEach((got, index) => {
    const ulps = ulpsOff(got, exact(index));
    if (!(ulps <= most.ulps)) most = { ulps, index };
  });
  return most;
}

const everywhere = everyFloat(40009);

describe("functions of one argument over all floats", () => {
  test.each([
    ["exp", 2, between(-90, 90, 40_000)],
    ["log", 2, between(0.3, 3, 40_000)],
    ["tanh", 2, between(-10, 10, 40_000)],
    ["erf", 2, between(-5, 5, 40_000)],
    ["sqrt", 1, between(0.25, 4, 10_000)],
    ["floor", 0, between(-5, 5, 1001)],
    ["abs", 0, between(-5, 5, 11)],
    ["neg", 0, between(-5, 5, 11)],
  ] as const satisfies readonly (readonly [UnaryOp, number, Float32Array])[])(
    "%s is within %d ulp",
    async (op, allowed, dense) => {
      const points = joined(everywhere, dense);
      const results = await computed(expr.unary(op, x), points);
      const { ulps, index } = worst(results, (i) => expr.applyUnary(op, points[i]!));
      expect(ulps, `${op}(${points[index]}) = ${results[index]}`).toBeLessThanOrEqual(allowed);
    },
  );
});

/** Pairs from the whole range, and others whose power neither overflows nor vanishes. */
function pairs(op: BinaryOp): readonly [Float32Array<ArrayBuffer>, Float32Array<ArrayBuffer>] {
  const far = everyFloat(170_003);
  const left = joined(far, far, between(0.001, 20, 20_000), between(0.99, 1.01, 20_000));
  const shuffled = left.map((_, i) => left[(i * 7919 + 13) % left.length]!);
  if (op !== "pow") return [left, shuffled];
  const exponents = left.map((base, i) => {
    const most = 88 / Math.abs(Math.log(Math.abs(base)));
    const share = ((i * 7919) % 1000) / 500 - 1;
    return base < 0 ? Math.round(share * Math.min(most, 100)) : share * Math.min(most, 1e30);
  });
  return [joined(left, left.subarray(0, 5000)), joined(exponents, shuffled.subarray(0, 5000))];
}

describe("functions of two arguments", () => {
  test.each([
    ["add", 0.5],
    ["sub", 0.5],
    ["mul", 0.5],
    ["div", 2.5],
    ["max", 0],
    ["min", 0],
    ["less", 0],
    ["equal", 0],
    ["pow", 2],
  ] as const satisfies readonly (readonly [BinaryOp, number])[])(
    "%s is within %d ulp",
    async (op, allowed) => {
      const [left, right] = pairs(op);
      const results = await computed(expr.binary(op, x, y), left, right);
      const { ulps, index } = worst(results, (i) => expr.applyBinary(op, left[i]!, right[i]!));
      const where = `${left[index]} ${op} ${right[index]} = ${results[index]}`;
      expect(ulps, where).toBeLessThanOrEqual(allowed);
    },
  );
});
