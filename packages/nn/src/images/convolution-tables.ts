import type { Backend } from "@blk/core";
import type { Geometry } from "./geometry.js";
import { ImageTables } from "./image-tables.js";

/**
 * The tables of a convolution. `rows` has a line for each window, with the pixel under each place of
 * the kernel (−1 in the padding); `inverse` one for each pixel, with the window that has it under
 * that place, of which there is one at most.
 */
export function convolutionTables(
  backend: Backend,
  { height, width, outHeight, outWidth, taps, pixel }: Geometry,
): ImageTables<"rows" | "inverse"> {
  const pixels = height * width;
  const windows = outHeight * outWidth;
  const rows = new Int32Array(windows * taps);
  const inverse = new Int32Array(pixels * taps).fill(-1);
  for (let window = 0; window < windows; window++) {
    for (let tap = 0; tap < taps; tap++) {
      const place = pixel(window, tap);
      rows[window * taps + tap] = place;
      if (place >= 0) inverse[place * taps + tap] = window;
    }
  }
  return new ImageTables(backend, {
    rows: { numbers: rows, cols: taps, step: pixels },
    inverse: { numbers: inverse, cols: taps, step: windows },
  });
}
