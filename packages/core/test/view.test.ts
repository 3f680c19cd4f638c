import { describe, expect, it } from "vitest";
import {
  broadcastView,
  type DeviceBuffer,
  denseView,
  isBlkError,
  transposeView,
  viewExtent,
  viewsOverlap,
  windowView,
} from "../src/index.js";

const buffer: DeviceBuffer = { byteLength: 4 * 120, disposed: false, dispose: () => undefined };
const whole = denseView(buffer, "f32", 10, 12);

/** All elements of a view by enumeration: the oracle. */
function elements(view: typeof whole): Set<number> {
  const found = new Set<number>();
  for (let i = 0; i < view.rows; i++) {
    for (let j = 0; j < view.cols; j++) {
      found.add(view.offset + i * view.rowStride + j * view.colStride);
    }
  }
  return found;
}

describe("views", () => {
  it("overlap exactly where they share an element, for all windows of one matrix", () => {
    const windows = [0, 3, 9].flatMap((row) =>
      [0, 4, 11].flatMap((col) =>
        [0, 1, 4].flatMap((rows) =>
          [0, 1, 5].flatMap((cols) =>
            row + rows <= 10 && col + cols <= 12 ? [windowView(whole, row, col, rows, cols)] : [],
          ),
        ),
      ),
    );
    let wrong = 0;
    for (const x of windows) {
      for (const y of windows.flatMap((view) => [view, transposeView(view)])) {
        const own = elements(x);
        const shares = [...elements(y)].some((element) => own.has(element));
        if (viewsOverlap(x, y) !== shares) wrong++;
      }
    }
    expect(wrong).toBe(0);
  });

  it("overlap exactly where they share an element, wherever their rows begin", () => {
    const pieces = [0, 1, 2, 3, 4, 7].flatMap((offset) =>
      [1, 2, 3].flatMap((rows) =>
        [1, 2, 3].map((cols) => ({ ...whole, offset, rows, cols, rowStride: 3 })),
      ),
    );
    const differing = pieces.flatMap((x) =>
      pieces.filter((y) => {
        const own = elements(x);
        const shares = [...elements(y)].some((element) => own.has(element));
        return viewsOverlap(x, y) !== shares;
      }),
    );
    expect(differing).toEqual([]);
  });

  it("lie inside of their buffer, even the empty ones at its end", () => {
    const empty = windowView({ ...whole, rows: 0, cols: 3, rowStride: 3 }, 0, 2, 0, 1);
    expect(viewExtent(empty)).toEqual([0, 0]);
  });

  it("know their extent, also with negative strides", () => {
    expect(viewExtent(whole)).toEqual([0, 120]);
    expect(viewExtent({ ...whole, offset: 119, rowStride: -12, colStride: -1 })).toEqual([0, 120]);
  });

  it("broadcast sizes of 1 and refuse others", () => {
    const row = windowView(whole, 2, 0, 1, 12);
    expect(broadcastView(row, 5, 12)).toMatchObject({ rows: 5, rowStride: 0, colStride: 1 });
    expect(() => broadcastView(whole, 5, 12)).toThrow("10×12 does not repeat to 5×12");
  });

  it("refuse windows outside", () => {
    try {
      windowView(whole, 8, 0, 3, 1);
      expect.unreachable();
    } catch (error) {
      expect(isBlkError(error, "BOUNDS")).toBe(true);
    }
  });
});
