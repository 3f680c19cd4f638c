import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { FashionMnist } from "../data/fashion-mnist.js";
import { messageOf } from "../message-of.js";
import { type DataFile, dataFile } from "../page/data-files.js";
import { UsageError } from "../usage-error.js";
import type { Resource, Resources } from "./page-server.js";

/** The module that the page loads. */
export const pageModule = "/run-in-page.js";

/** A page that does nothing by itself. */
export const emptyPage: Resources = new Map([
  ["/", { type: "text/html", bytes: text("<!doctype html><title>bench</title>") }],
  ["/favicon.ico", { type: "image/x-icon", bytes: new Uint8Array() }],
]);

/**
 * All that the page needs: its modules, the data to train on, and what it loads of other libraries.
 * Throws `UsageError`.
 */
export async function pageResources(
  folder: string,
  data?: FashionMnist,
  peers: Resources = new Map(),
): Promise<Resources> {
  return new Map([
    ...emptyPage,
    ...(await modulesOf(folder)),
    ...(data === undefined ? [] : dataResources(data)),
    ...peers,
  ]);
}

async function modulesOf(folder: string): Promise<readonly (readonly [string, Resource])[]> {
  try {
    const names = (await readdir(folder)).filter((name) => name.endsWith(".js"));
    return await Promise.all(
      names.map(async (name) => {
        const bytes = await readFile(join(folder, name));
        return [`/${name}`, { type: "text/javascript", bytes }] as const;
      }),
    );
  } catch (error) {
    throw new UsageError(
      `the page of --browser cannot be read (${messageOf(error)}); build the bench again: npm run bench does`,
    );
  }
}

function dataResources(data: FashionMnist): readonly (readonly [string, Resource])[] {
  const { train, test, source, classNames } = data;
  const about = text(JSON.stringify({ source, classNames }));
  const bytes = (file: DataFile, bytes: Uint8Array): readonly [string, Resource] => [
    dataFile(file),
    { type: "application/octet-stream", bytes },
  ];
  return [
    [dataFile("about"), { type: "application/json", bytes: about }],
    bytes("train-images", train.images),
    bytes("train-labels", train.labels),
    bytes("test-images", test.images),
    bytes("test-labels", test.labels),
  ];
}

function text(words: string): Uint8Array {
  return new TextEncoder().encode(words);
}
