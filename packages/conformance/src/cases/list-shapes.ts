/** The shapes of the tasks of one call: different ones, some with nothing to do between others. */
export const listShapes: readonly (readonly [rows: number, cols: number])[] = [
  [3, 4],
  [0, 5],
  [1, 1],
  [17, 9],
  [5, 0],
  [2, 300],
];
