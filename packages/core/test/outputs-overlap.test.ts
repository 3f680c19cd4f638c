import { describe, expect, it } from "vitest";
import { type DeviceBuffer, denseView, type MatrixView, windowView } from "../src/index.js";
import { outputsOverlap, viewsOverlap } from "../src/view.js";

const buffer: DeviceBuffer = { byteLength: 1 << 30, disposed: false, dispose: () => undefined };

function grid(rows: number, cols: number, height: number, width: number): MatrixView[] {
  const whole = denseView(buffer, "f32", rows * height, cols * width);
  return Array.from({ length: rows * cols }, (_, i) =>
    windowView(whole, Math.floor(i / cols) * height, (i % cols) * width, height, width),
  );
}

describe("outputsOverlap", () => {
  it("agrees with comparing every pair", () => {
    let seed = 1;
    const random = (below: number): number => {
      seed = (seed * 48271) % 2147483647;
      return seed % below;
    };
    const whole = denseView(buffer, "f32", 12, 12);
    const tall = denseView(buffer, "f32", 16, 9);
    const counts = { true: 0, false: 0 };
    for (let example = 0; example < 3000; example++) {
      const views = Array.from({ length: 2 + random(4) }, () => {
        const parent = example % 3 === 0 && random(2) === 0 ? tall : whole;
        return windowView(parent, random(9), random(5), random(5), random(5));
      });
      const split = 1 + random(views.length);
      const expected = views.some((x, i) =>
        views.some((y, j) => i < j && i < split && viewsOverlap(x, y)),
      );
      expect(outputsOverlap(views.slice(0, split), views.slice(split))).toBe(expected);
      counts[`${expected}`]++;
    }
    expect(Math.min(counts.true, counts.false)).toBeGreaterThan(500);
  });

  it("lets inputs overlap each other", () => {
    const [x, y] = grid(1, 2, 4, 4) as [MatrixView, MatrixView];
    expect(outputsOverlap([x], [y, y])).toBe(false);
    expect(outputsOverlap([x], [y, x])).toBe(true);
    expect(outputsOverlap([x, x], [])).toBe(true);
  });

  it("takes milliseconds for 10,000 blocks, however they lie", () => {
    const lying = [grid(100, 100, 2, 2), grid(1, 10_000, 3, 2), grid(10_000, 1, 2, 3)];
    for (const views of lying) {
      const start = performance.now();
      expect(outputsOverlap(views, [])).toBe(false);
      expect(outputsOverlap([...views, views[5000] as MatrixView], [])).toBe(true);
      expect(performance.now() - start).toBeLessThan(1000);
    }
  });
});
