import type { ImageShape, Pair, WindowOptions } from "../../src/index.js";

/** Numbers of images, pixel by pixel, channels innermost. */
export interface Images extends ImageShape {
  readonly count: number;
  readonly numbers: ArrayLike<number>;
}

/** What lies under a place of the kernel; 0 in the padding. */
type Read = (y: number, x: number, channel: number) => number | undefined;

/**
 * Loops over images, windows and result channels, as the definition says; `value` gets the place of
 * the kernel under which each pixel lies.
 */
export function overWindows(
  { height, width, channels, count, numbers }: Images,
  outputs: number,
  options: WindowOptions,
  value: (read: Read, kernel: readonly [number, number], output: number) => number,
): number[] {
  const pair = (given: Pair | undefined, otherwise: number): [number, number] => {
    const both = given ?? otherwise;
    return typeof both === "number" ? [both, both] : [both[0], both[1]];
  };
  const kernel = pair(options.kernel, 1);
  const stride = pair(options.stride, 1);
  const padding = pair(options.padding, 0);
  const dilation = pair(options.dilation, 1);
  const result: number[] = [];
  for (let image = 0; image < count; image++) {
    for (
      let top = -padding[0];
      top + dilation[0] * (kernel[0] - 1) < height + padding[0];
      top += stride[0]
    ) {
      for (
        let left = -padding[1];
        left + dilation[1] * (kernel[1] - 1) < width + padding[1];
        left += stride[1]
      ) {
        const read: Read = (i, j, channel) => {
          const [y, x] = [top + i * dilation[0], left + j * dilation[1]];
          if (y < 0 || x < 0 || y >= height || x >= width) return undefined;
          return numbers[((image * height + y) * width + x) * channels + channel] as number;
        };
        for (let output = 0; output < outputs; output++) result.push(value(read, kernel, output));
      }
    }
  }
  return result;
}

/** A convolution; `weight` is (kernel places · channels) × outputs, zero outside of the groups. */
export function naiveConvolution(
  images: Images,
  weight: ArrayLike<number>,
  outputs: number,
  options: WindowOptions,
): number[] {
  const { channels } = images;
  return overWindows(images, outputs, options, (read, [kernelY, kernelX], output) => {
    let sum = 0;
    for (let i = 0; i < kernelY; i++) {
      for (let j = 0; j < kernelX; j++) {
        for (let channel = 0; channel < channels; channel++) {
          const row = (i * kernelX + j) * channels + channel;
          sum += (read(i, j, channel) ?? 0) * (weight[row * outputs + output] as number);
        }
      }
    }
    return sum;
  });
}

/** The pixels of each window, without the padding, to one number. */
export function naivePool(
  images: Images,
  options: WindowOptions,
  combine: (inside: readonly number[]) => number,
): number[] {
  return overWindows(images, images.channels, options, (read, [kernelY, kernelX], channel) => {
    const inside: number[] = [];
    for (let i = 0; i < kernelY; i++) {
      for (let j = 0; j < kernelX; j++) {
        const pixel = read(i, j, channel);
        if (pixel !== undefined) inside.push(pixel);
      }
    }
    return combine(inside);
  });
}
