/** Shapes that tell series apart where colours do not. */
const shapes: readonly string[] = [
  "M-4,0A4,4 0 1 1 4,0A4,4 0 1 1 -4,0Z",
  "M-3.6,-3.6H3.6V3.6H-3.6Z",
  "M0,-5L5,3.6H-5Z",
  "M0,-5L5,0L0,5L-5,0Z",
  "M0,5L5,-3.6H-5Z",
  "M-4.6,-1.4H-1.4V-4.6H1.4V-1.4H4.6V1.4H1.4V4.6H-1.4V1.4H-4.6Z",
  "M-5,-1.6H5V1.6H-5Z",
  "M-1.6,-5H1.6V5H-1.6Z",
];

/** How many series look different. */
export const seriesLooks: number = shapes.length;

/** The class that gives a series its colour. */
export function seriesClass(index: number): string {
  return `series-${index % seriesLooks}`;
}

/** The marker of a series, around the origin. */
export function Marker({ index }: { readonly index: number }) {
  return <path class={`marker ${seriesClass(index)}`} d={shapes[index % seriesLooks]} />;
}
