import { type Backend, BlkError } from "@blk/core";
import type { Geometry } from "./geometry.js";
import { ImageTables } from "./image-tables.js";

/** What {@link poolingTables} holds. */
export type PoolingTableName = "rows" | "repeated" | "counts" | "inverse" | "slots";

/**
 * The tables of a pooling. Each window has its pixels in order in its first slots: `rows` says −1 in
 * those that are left, where some lie in the padding, `repeated` the first pixel again; `counts` is
 * how many there are. For each pixel, `inverse` lists the windows that it lies in, and `slots` its
 * slot in each; −1 where the list is shorter. Throws `ARGUMENT` for windows without a pixel.
 */
export function poolingTables(
  operation: string,
  backend: Backend,
  { height, width, outHeight, outWidth, taps, pixel }: Geometry,
): ImageTables<PoolingTableName> {
  const pixels = height * width;
  const windows = outHeight * outWidth;
  const rows = new Int32Array(windows * taps).fill(-1);
  const repeated = new Int32Array(windows * taps);
  const counts = new Int32Array(windows);
  const places: { readonly window: number; readonly slot: number }[][] = [];
  for (let i = 0; i < pixels; i++) places.push([]);
  for (let window = 0; window < windows; window++) {
    let slot = 0;
    for (let tap = 0; tap < taps; tap++) {
      const place = pixel(window, tap);
      if (place < 0) continue;
      rows[window * taps + slot] = place;
      places[place]?.push({ window, slot });
      slot++;
    }
    if (slot === 0) throw emptyWindow(operation);
    counts[window] = slot;
    for (let at = 0; at < taps; at++) {
      const filled = at < slot ? at : 0;
      repeated[window * taps + at] = rows[window * taps + filled] as number;
    }
  }
  const most = places.reduce((longest, { length }) => Math.max(longest, length), 1);
  const inverse = new Int32Array(pixels * most).fill(-1);
  const slots = new Int32Array(pixels * most).fill(-1);
  places.forEach((list, place) => {
    list.forEach(({ window, slot }, i) => {
      inverse[place * most + i] = window;
      slots[place * most + i] = slot;
    });
  });
  return new ImageTables(backend, {
    rows: { numbers: rows, cols: taps, step: pixels },
    repeated: { numbers: repeated, cols: taps, step: pixels },
    counts: { numbers: counts, cols: 1, step: 0 },
    inverse: { numbers: inverse, cols: most, step: windows },
    slots: { numbers: slots, cols: most, step: 0 },
  });
}

function emptyWindow(operation: string): BlkError {
  return new BlkError(
    "ARGUMENT",
    `${operation}: some windows lie wholly in the padding, and nothing is in them to pool; make the padding smaller than the kernel`,
  );
}
