import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { pageResources } from "../src/browser/page-resources.js";
import type { FashionMnist } from "../src/data/fashion-mnist.js";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "bench-page-"));
});
afterEach(() => rm(folder, { recursive: true }));

test("are the modules of the folder, and no other file", async () => {
  await mkdir(join(folder, "deeper"));
  for (const name of ["run-in-page.js", "chunk.js", "chunk.js.map", "secret.txt", "deeper/x.js"]) {
    await writeFile(join(folder, name), "");
  }
  const paths = [...(await pageResources(folder)).keys()];
  expect(paths.sort()).toEqual(["/", "/chunk.js", "/favicon.ico", "/run-in-page.js"]);
});

test("are the data to train on too, where there are", async () => {
  const images = (count: number) => ({
    images: new Uint8Array(count * 784).fill(count),
    labels: Uint8Array.from({ length: count }, (_, i) => i),
    count,
  });
  const data: FashionMnist = {
    ...{ train: images(3), test: images(2) },
    ...{ source: "a few", classNames: ["shirt"] },
  };
  const resources = await pageResources(folder, data);
  expect(resources.get("/data/train-images")?.bytes).toBe(data.train.images);
  expect([...(resources.get("/data/test-labels")?.bytes ?? [])]).toEqual([0, 1]);
  const about = new TextDecoder().decode(resources.get("/data/about")?.bytes);
  expect(JSON.parse(about)).toEqual({ source: "a few", classNames: ["shirt"] });
});

test("that were not built are said to be missing, with the remedy", async () => {
  await expect(pageResources(join(folder, "none"))).rejects.toThrow(
    /the page of --browser cannot be read \(.*none.*\); build the bench again/,
  );
});
