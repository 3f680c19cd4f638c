import { size } from "./block-product.js";

// Where things lie in the picture of a product: A at the left, B at the top, the result between.

/** Units of the picture for one row or column. */
export const scale: number = 180 / size;
/** Of a matrix. */
export const side: number = size * scale;
/** Between two matrices, where the handles of cuts are. */
export const gap = 30;
export const margin = 16;
/** From the left to B and the result, from the top to A and the result. */
export const second: number = side + gap;
export const whole: number = second + side;
