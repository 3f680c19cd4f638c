import { type Backend, type Capabilities, denseView, expr } from "@blk/core";

/**
 * Tries what arithmetic keeps of IEEE 754: WGSL lets a device flush subnormal numbers, and a
 * compiler assume that there is neither NaN nor infinity. One kernel tells: ∞ − ∞ + 2·0, and
 * 0 − 0 + 2·2⁻¹⁴⁰.
 */
export async function keptNumbers(
  backend: Backend,
): Promise<Pick<Capabilities, "keepsSubnormals" | "keepsNonFinite">> {
  const [x, y] = [expr.input(0), expr.input(1)];
  const numbers = [[Number.POSITIVE_INFINITY, 0], [0, 2 ** -140], []];
  const buffers = numbers.map((values) => {
    const buffer = backend.allocate(8);
    backend.write(buffer, Float32Array.from(values));
    return buffer;
  });
  const [left, right, out] = buffers.map((buffer) => denseView(buffer, "f32", 1, 2));
  try {
    const inputs = [left!, right!];
    backend.map([{ inputs, out: out! }], expr.add(expr.sub(x, x), expr.mul(y, 2)));
    const [difference, product] = await backend.read(out!);
    return { keepsNonFinite: Number.isNaN(difference), keepsSubnormals: product === 2 ** -139 };
  } finally {
    for (const buffer of buffers) buffer.dispose();
  }
}
