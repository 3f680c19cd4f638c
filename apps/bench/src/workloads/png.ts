import { encode } from "fast-png";

/** A picture of grey levels, row by row, 0 (black) to 255, as PNG in base64. */
export function pngOf(pixels: ArrayLike<number>, width: number, height: number): string {
  const data = Uint8ClampedArray.from(pixels, Math.round);
  const bytes = encode({ width, height, data, channels: 1, depth: 8 });
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return btoa(text);
}
