/** The words of an item: its size, and the windows of the input and of out. */
export const softmaxWords = [
  "rows",
  "cols",
  "from",
  "fromRow",
  "fromCol",
  "to",
  "toRow",
  "toCol",
] as const;
