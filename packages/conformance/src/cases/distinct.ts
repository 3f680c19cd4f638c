/** Shapes without those that come a second time. */
export function distinct<T extends readonly number[]>(shapes: readonly T[]): readonly T[] {
  return [...new Map(shapes.map((shape) => [shape.join(), shape])).values()];
}
