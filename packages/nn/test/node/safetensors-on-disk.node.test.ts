import { existsSync } from "node:fs";
import { mkdir, mkdtemp, open, readdir, readFile, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { js } from "@blk/backend-js";
import { type Backend, BlockMatrix, openBackend } from "@blk/core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { checkpointFile, readSafetensorsFile, writeSafetensorsFile } from "../../src/node/index.js";
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

test("what is no file, and no path, is refused with its name", async () => {
  const path = join(folder, "sub");
  await mkdir(path);
  await expect(readSafetensorsFile(path, (file) => file)).rejects.toThrowError(/sub is a folder/);
  await writeFile(join(path, "short"), "{}");
  await expect(readSafetensorsFile(join(path, "short"), (file) => file)).rejects.toThrowError(
    /short: safetensors: a file has at least 8 bytes/,
  );
  for (const call of [
    () => readSafetensorsFile(undefined as never, (file) => file),
    () => writeSafetensorsFile("", {}),
    async () => checkpointFile(3 as never),
  ]) {
    await expect(call()).rejects.toThrowError(
      expect.objectContaining({
        code: "ARGUMENT",
        message: expect.stringContaining("path of a file"),
      }),
    );
  }
});

describe("checkpointFile", () => {
  test("says before a run that it could not be saved", async () => {
    const store = checkpointFile(join(folder, "none", "run.safetensors"));
    await expect(store.read(async (file) => file)).rejects.toThrowError(
      /cannot save to .*run\.safetensors: .*none: there is no such folder; choose a path/,
    );
    expect(await checkpointFile(join(folder, "run")).read(async () => 1)).toBe(undefined);
  });

  test("says which file is damaged, and how to start anew", async () => {
    const path = join(folder, "run.safetensors");
    await writeFile(path, "half a checkpoi");
    await expect(checkpointFile(path).read(async () => 1)).rejects.toThrowError(
      expect.objectContaining({
        code: "DATA",
        message: expect.stringMatching(
          /cannot go on from .*run\.safetensors; remove it to start anew/,
        ),
      }),
    );
  });
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
    const left = `.file.${2 ** 30}.00000000.partial`;
    // Of a process before this one that had its number: in a container, all have.
    const older = `.file.${process.pid}.00000000.partial`;
    const others = [
      `.file.${process.ppid}.00000000.partial`,
      `.file.${process.pid}.00000001.partial`,
      `.other.${2 ** 30}.00000000.partial`,
      `.file.${2 ** 30}.partial`,
      ".file.x.partial",
    ];
    for (const name of [left, older, ...others]) await writeFile(join(folder, name), "");
    await utimes(join(folder, older), 0, 0);
    await writeAtomically(join(folder, "file"), pieces("a", "b"));
    expect((await readdir(folder)).sort()).toEqual([...others, "file"].sort());
    expect(await readFile(join(folder, "file"), "utf8")).toBe("ab");
  });

  test("of several at once leaves the whole of one", async () => {
    const path = join(folder, "file");
    const texts = Array.from({ length: 8 }, (_, i) => String(i).repeat(50_000 + i));
    await Promise.all(texts.map((text) => writeAtomically(path, pieces(text, text))));
    expect(texts.map((text) => text + text)).toContain(await readFile(path, "utf8"));
    expect(await readdir(folder)).toEqual(["file"]);
  });

  test("forces the file to disk before it has the name, and the folder after", async () => {
    const log: string[] = [];
    const handle = await open(folder, "r");
    const { prototype } = handle.constructor as { prototype: typeof handle };
    await handle.close();
    const { sync } = prototype;
    prototype.sync = async function (this: typeof handle) {
      const what = (await this.stat()).isDirectory() ? "folder" : "file";
      log.push(`${what}, ${(await readdir(folder)).includes("file") ? "named" : "not yet named"}`);
      return sync.call(this);
    };
    try {
      await writeAtomically(join(folder, "file"), pieces("a"));
    } finally {
      prototype.sync = sync;
    }
    expect(log).toEqual(["file, not yet named", "folder, named"]);
  });

  test.runIf(existsSync("/dev/full"))(
    "says that the disk is full, and keeps what was there",
    async () => {
      const path = join(folder, "file");
      await writeAtomically(path, pieces("before"));
      const handle = await open("/dev/full", "r+");
      const { prototype } = handle.constructor as { prototype: typeof handle };
      const { write } = prototype;
      prototype.write = ((...args: Parameters<typeof write>) =>
        write.apply(handle, args)) as typeof write;
      try {
        await expect(writeAtomically(path, pieces("after"))).rejects.toThrowError(
          expect.objectContaining({
            code: "DATA",
            message: expect.stringMatching(/ENOSPC.*has room/),
          }),
        );
      } finally {
        prototype.write = write;
        await handle.close();
      }
      expect(await readFile(path, "utf8")).toBe("before");
      expect(await readdir(folder)).toEqual(["file"]);
    },
  );

  test("says where it cannot write", async () => {
    await expect(writeAtomically(join(folder, "none", "file"), pieces("a"))).rejects.toThrowError(
      expect.objectContaining({ code: "DATA", message: expect.stringContaining("none") }),
    );
  });
});
