import { copyFile, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { benchFolder } from "../src/bench-folder.js";
import { loadFashionMnist } from "../src/data/fashion-mnist.js";

const bundled = join(benchFolder(), "data", "fashion-mnist");
const images = "t10k-images-idx3-ubyte";
const labels = "t10k-labels-idx1-ubyte";

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "blk-fashion-mnist-"));
});

afterEach(async () => {
  await rm(folder, { recursive: true });
});

/** An IDX array of unsigned bytes; every value is its index modulo `modulus`. */
function idx(shape: readonly number[], modulus: number): Uint8Array {
  const length = shape.reduce((product, size) => product * size, 1);
  const bytes = new Uint8Array(4 + 4 * shape.length + length);
  const header = new DataView(bytes.buffer);
  header.setUint32(0, 0x0800 + shape.length);
  shape.forEach((size, index) => {
    header.setUint32(4 + 4 * index, size);
  });
  for (let index = 0; index < length; index++) {
    bytes[bytes.length - length + index] = index % modulus;
  }
  return bytes;
}

async function writeFullData(): Promise<void> {
  await writeFile(join(folder, "train-images-idx3-ubyte"), idx([60_000, 28, 28], 251));
  await writeFile(join(folder, "train-labels-idx1-ubyte.gz"), gzipSync(idx([60_000], 10)));
  await copyFile(join(bundled, `${images}.gz`), join(folder, `${images}.gz`));
  await writeFile(join(folder, labels), gunzipSync(await readFile(join(bundled, `${labels}.gz`))));
}

describe("the bundled split", () => {
  it("has 8,000 images to train and 2,000 held out", async () => {
    const { train, test, source, classNames } = await loadFashionMnist({ split: "bundled" });
    expect([train.count, train.images.length, train.labels.length]).toEqual([8000, 6272000, 8000]);
    expect([test.count, test.images.length, test.labels.length]).toEqual([2000, 1568000, 2000]);
    expect(source).toBe("Fashion-MNIST, bundled split: 8000 to train, 2000 held out");
    expect(classNames).toHaveLength(10);
    expect([...train.labels.subarray(0, 8)]).toEqual([9, 2, 1, 1, 6, 1, 4, 6]);
  });

  it("has every class about equally often in both parts", async () => {
    const { train, test } = await loadFashionMnist({ split: "bundled" });
    for (const part of [train, test]) {
      const counts = new Array<number>(10).fill(0);
      for (const label of part.labels) counts[label] = (counts[label] ?? 0) + 1;
      for (const count of counts) expect(count / part.count).toBeCloseTo(0.1, 1);
    }
  });

  it("refuses a missing file", async () => {
    await copyFile(join(bundled, `${labels}.gz`), join(folder, `${labels}.gz`));
    await expect(
      loadFashionMnist({ split: "bundled", bundledDirectory: folder }),
    ).rejects.toMatchObject({
      code: "DATA",
      message: expect.stringMatching(/t10k-images.*no such file; restore the file/),
    });
  });

  it("refuses a file with one changed bit", async () => {
    const damaged = await readFile(join(bundled, `${images}.gz`));
    damaged[1000] = (damaged[1000] ?? 0) ^ 1;
    await writeFile(join(folder, `${images}.gz`), damaged);
    await copyFile(join(bundled, `${labels}.gz`), join(folder, `${labels}.gz`));
    await expect(
      loadFashionMnist({ split: "bundled", bundledDirectory: folder }),
    ).rejects.toMatchObject({
      code: "DATA",
      message: expect.stringMatching(/t10k-images.*damaged or changed; restore the file/),
    });
  });
});

describe("the full data", () => {
  it("is read from compressed and plain files", async () => {
    await writeFullData();
    const { train, test, source } = await loadFashionMnist({ directory: folder });
    expect([train.count, test.count]).toEqual([60_000, 10_000]);
    expect(source).toBe("Fashion-MNIST, full split: 60000 to train, 10000 held out");
    expect(train.images[784]).toBe(784 % 251);
    expect([...train.labels.subarray(8, 12)]).toEqual([8, 9, 0, 1]);
    expect([...test.labels.subarray(0, 4)]).toEqual([9, 2, 1, 1]);
  });

  it("is what auto takes when all files are there", async () => {
    await writeFullData();
    const { train } = await loadFashionMnist({ split: "auto", directory: folder });
    expect(train.count).toBe(60_000);
  });

  it("is not taken by auto when a file is missing", async () => {
    await writeFullData();
    await rm(join(folder, labels));
    const { train } = await loadFashionMnist({ split: "auto", directory: folder });
    expect(train.count).toBe(8000);
  });

  it("is never replaced when it was asked for", async () => {
    await expect(loadFashionMnist({ directory: folder })).rejects.toMatchObject({
      code: "DATA",
      message: expect.stringMatching(/no such file; install Debian's dataset-fashion-mnist/),
    });
  });

  it.each([
    ["a truncated gzip file", gzipSync(idx([60_000], 10)).subarray(0, 30), "no intact gzip file"],
    ["something that is not gzip", Uint8Array.from([1, 2, 3, 4]), "no intact gzip file"],
    ["truncated values", gzipSync(idx([60_000], 10).subarray(0, -1)), "truncated: 60000 is"],
    ["another count", gzipSync(idx([59_999], 10)), "it holds 59999 values, expected 60000"],
    ["trailing bytes", gzipSync(Buffer.concat([idx([60_000], 10), idx([1], 1)])), "9 bytes too"],
    ["labels beyond the classes", gzipSync(idx([60_000], 11)), "label 10 is 10, expected 0 to 9"],
  ])("is refused with %s", async (_, bytes, reason) => {
    await writeFullData();
    await writeFile(join(folder, "train-labels-idx1-ubyte.gz"), bytes);
    await expect(loadFashionMnist({ directory: folder })).rejects.toMatchObject({
      code: "DATA",
      message: expect.stringMatching(
        new RegExp(`train-labels.*${reason}.*; install Debian's dataset-fashion-mnist`),
      ),
    });
  });
});
