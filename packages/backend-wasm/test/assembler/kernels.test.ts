import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Float, f32, f32x4, f64, i32, ModuleBuilder, memory, v128 } from "./assembler.js";
import { instantiate, memoryOf } from "./instantiate.js";

/** A module with a memory of one page. */
function withMemory(): ModuleBuilder {
  const m = new ModuleBuilder();
  m.importMemory("env", "memory", { initial: 1 });
  return m;
}

const range = { at: "i32", count: "i32" } as const;

describe("kernels", () => {
  test("sum, vectors first and then the rest", () => {
    const m = withMemory();
    const sum = m.func("sum", { params: range, results: ["f32"] }, (f, { at, count }) => {
      const lanes = f.local("v128", "lanes");
      const total = f.local("f32", "total");
      const end = f.local("i32", "end");
      f.set(end, i32.add(at, i32.shl(count, 2)));
      f.for(at, at, i32.add(at, i32.shl(i32.and(count, -4), 2)), 16, () => {
        f.set(lanes, f32x4.add(lanes, v128.load(at)));
      });
      for (let lane = 0; lane < 4; lane++) {
        f.set(total, f32.add(total, f32x4.extractLane(lanes, lane)));
      }
      f.for(at, at, end, 4, () => f.set(total, f32.add(total, f32.load(at))));
      return total;
    });
    m.export("sum", sum);
    const { imports, buffer } = memoryOf(1);
    const run = instantiate(m, imports)["sum"]!;
    new Float32Array(buffer).forEach((_, i, values) => {
      values[i] = i;
    });
    for (const count of [0, 1, 3, 4, 5, 8, 103]) {
      expect(run(8, count)).toBe((count * (count + 3)) / 2);
    }
  });

  test("copying bytes, one by one and at once", () => {
    const m = withMemory();
    const params = { to: "i32", from: "i32", size: "i32" } as const;
    const loop = m.func("loop", { params }, (f, { to, from, size }) => {
      f.for(from, from, i32.add(from, size), 1, () => {
        f.do(i32.store8(to, i32.load8U(from)));
        f.set(to, i32.add(to, 1));
      });
    });
    const bulk = m.func("bulk", { params }, (f, { to, from, size }) => {
      f.do(memory.fill(i32.add(to, size), 0xab, 1));
      f.do(memory.copy(to, from, size));
    });
    m.export("loop", loop);
    m.export("bulk", bulk);
    const { imports, buffer } = memoryOf(1);
    const run = instantiate(m, imports);
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
        new Uint8Array(buffer).set(bytes, 50);
        run["loop"]!(1000, 50, bytes.length);
        run["bulk"]!(2000, 50, bytes.length);
        expect(new Uint8Array(buffer, 1000, bytes.length)).toEqual(bytes);
        expect(new Uint8Array(buffer, 2000, bytes.length + 1)).toEqual(
          Uint8Array.of(...bytes, 0xab),
        );
      }),
    );
  });

  test("are written once for f32 and f64", () => {
    const m = withMemory();
    function scale<T extends "f32" | "f64">(type: T, float: Float<T>): void {
      const f = m.func(`scale_${type}`, { params: { at: "i32" }, results: [type] }, (f, { at }) => {
        const x = f.local(type, "x");
        f.set(x, float.mul(float.load(at), 1.5));
        return float.sub(x, 1);
      });
      m.export(type, f);
    }
    scale("f32", f32);
    scale("f64", f64);
    const { imports, buffer } = memoryOf(1);
    new Float32Array(buffer)[0] = 3;
    new Float64Array(buffer)[1] = 5;
    const run = instantiate(m, imports);
    expect([run["f32"]!(0), run["f64"]!(8)]).toEqual([3.5, 6.5]);
  });
});
