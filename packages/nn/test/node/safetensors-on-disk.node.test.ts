import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { js } from "@blk/backend-js";
import { type Backend, BlockMatrix, openBackend } from "@blk/core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { readSafetensorsFile, writeSafetensorsFile } from "../../src/node/index.js";
import { writeAtomically } from "../../src/node/write-atomically.js";

let backend: Backend;
let folder: string;
beforeAll(async () => {
  backend = await openBackend([js()]);
});
afterAll(() => backend.dispose());
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "blk-nn-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function* pieces(...texts: readonly (string | Error)[]): AsyncGenerator<Uint8Array> {
  for (const text of texts) {
    if (text instanceof Error) throw text;
    yield new TextEncoder().encode(text);
  }
}

test("a file on disk comes back, and nothing is left beside it", async () => {
  const path = join(folder, "model.safetensors");
  using w = BlockMatrix.fromRows(
    backend,
    [
      [1, 2],
      [3, 4],
    ],
    { blockRows: 1 },
  );
  await writeSafetensorsFile(path, { w }, { metadata: { made: "today" } });
  await writeSafetensorsFile(path, { w }, { metadata: { made: "again" } });
  const { read, made } = await readSafetensorsFile(path, async (file) => ({
    read: await file.matrix(backend, "w"),
    made: file.metadata.get("made"),
  }));
  expect(made).toBe("again");
  expect(await read.toRows()).toEqual([
    [1, 2],
    [3, 4],
  ]);
  read.dispose();
  expect(await readdir(folder)).toEqual(["model.safetensors"]);
});

test.each([
  ["is missing", undefined, "there is no such file"],
  ["is empty", "", "at least 8 bytes"],
  ["is another file", "Dear reader, this is no model.", "more than 100000000"],
])("a file that %s is refused", async (_, text, message) => {
  const path = join(folder, "model.safetensors");
  if (text !== undefined) await writeFile(path, text);
  await expect(readSafetensorsFile(path, (file) => file)).rejects.toThrowError(
    expect.objectContaining({ code: "DATA", message: expect.stringContaining(message) }),
  );
});

describe("writeAtomically", () => {
  test("leaves what was there if it fails half way", async () => {
    const path = join(folder, "file");
    await writeAtomically(path, pieces("before"));
    await expect(writeAtomically(path, pieces("half", new Error("stop")))).rejects.toThrowError(
      "stop",
    );
    expect(await readFile(path, "utf8")).toBe("before");
    expect(await readdir(folder)).toEqual(["file"]);
  });

  test("removes what killed processes left of the same file, and no more", async () => {
    // No process has such an id: 2²² is the largest of Linux.
    const left = `.file.${2 ** 30}.partial`;
    const others = [
      `.file.${process.ppid}.partial`,
      `.other.${2 ** 30}.partial`,
      ".file.x.partial",
    ];
    for (const name of [left, ...others]) await writeFile(join(folder, name), "");
    await writeAtomically(join(folder, "file"), pieces("a", "b"));
    expect((await readdir(folder)).sort()).toEqual([...others, "file"].sort());
    expect(await readFile(join(folder, "file"), "utf8")).toBe("ab");
  });

  test("says where it cannot write", async () => {
    await expect(writeAtomically(join(folder, "none", "file"), pieces("a"))).rejects.toThrowError(
      expect.objectContaining({ code: "DATA", message: expect.stringContaining("none") }),
    );
  });
});
