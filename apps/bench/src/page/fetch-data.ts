import type { FashionMnist, LabelledImages } from "../data/fashion-mnist.js";
import { type DataFile, dataFile } from "./data-files.js";

/** The training's data, from the server that the page comes from. */
export async function fetchData(): Promise<FashionMnist> {
  const about = (await (await get("about")).json()) as Pick<FashionMnist, "source" | "classNames">;
  const [train, test] = await Promise.all([fetchImages("train"), fetchImages("test")]);
  return { ...about, train, test };
}

async function fetchImages(part: "train" | "test"): Promise<LabelledImages> {
  const bytes = async (file: DataFile): Promise<Uint8Array> =>
    new Uint8Array(await (await get(file)).arrayBuffer());
  const [images, labels] = await Promise.all([bytes(`${part}-images`), bytes(`${part}-labels`)]);
  return { images, labels, count: labels.length };
}

async function get(file: DataFile): Promise<Response> {
  const response = await fetch(dataFile(file));
  if (!response.ok) throw new Error(`${dataFile(file)}: ${response.status} ${response.statusText}`);
  return response;
}
