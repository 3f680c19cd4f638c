/** What the server has of the training's data: two arrays of bytes for each part, and a JSON. */
export type DataFile = `${"train" | "test"}-${"images" | "labels"}` | "about";

/** Where the server has it. */
export function dataFile(file: DataFile): string {
  return `/data/${file}`;
}
