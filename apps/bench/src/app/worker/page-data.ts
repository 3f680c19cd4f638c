import tableUrl from "../../../data/diabetes/diabetes.csv?url";
import imagesUrl from "../../../data/fashion-mnist/t10k-images-idx3-ubyte.gz?url";
import labelsUrl from "../../../data/fashion-mnist/t10k-labels-idx1-ubyte.gz?url";
import { bundledSplit, type NamedBytes, parseImages, testFiles } from "../../data/image-files.js";
import { parseTable } from "../../data/parse-table.js";
import { messageOf } from "../../message-of.js";
import { UsageError } from "../../usage-error.js";
import type { WorkloadData } from "../../workloads/workloads.js";

const remedy = "reload the page, or choose cases without workloads";

/** The data that is bundled with the bench, from where the page comes from. Throws `UsageError`. */
export async function loadPageData(): Promise<WorkloadData> {
  try {
    const [images, labels, table] = await Promise.all([
      load(imagesUrl),
      load(labelsUrl),
      load(tableUrl),
    ]);
    return {
      images: bundledSplit(parseImages(images, labels, testFiles.count, remedy)),
      table: parseTable(new TextDecoder().decode(table.bytes)),
    };
  } catch (error) {
    throw new UsageError(`the data of the workloads cannot be loaded: ${messageOf(error)}`);
  }
}

async function load(url: string): Promise<NamedBytes> {
  const response = await fetch(url);
  const path = new URL(url, location.href).pathname;
  if (!response.ok) throw new Error(`${path}: ${response.status}; ${remedy}`);
  const bytes = new Uint8Array(await response.arrayBuffer());
  // Some servers say that the file is compressed, and the browser has undone it already.
  const isGzip = bytes[0] === 0x1f && bytes[1] === 0x8b;
  return { path, bytes: isGzip ? await gunzip(bytes) : bytes };
}

async function gunzip(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array> {
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}
