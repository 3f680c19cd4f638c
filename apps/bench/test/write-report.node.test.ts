import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { readReport } from "../src/read-report.js";
import { UsageError } from "../src/usage-error.js";
import { checkWritable, writePictures, writeReport } from "../src/write-report.js";
import { exampleReport, training } from "./example-report.js";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "bench-report-"));
});
afterEach(() => rm(folder, { recursive: true }));

describe("writeReport", () => {
  test("what it wrote comes back, and nothing else is left behind", async () => {
    const path = join(folder, "new", "report.json");
    await writeReport(path, exampleReport());
    expect(await readReport(path)).toEqual(exampleReport());
    expect(await readdir(join(folder, "new"))).toEqual(["report.json"]);
  });

  test("what it cannot write leaves what was there", async () => {
    const path = join(folder, "report.json");
    await writeReport(path, exampleReport());
    const circular = exampleReport() as { self?: unknown };
    circular.self = circular;
    await expect(writeReport(path, circular as never)).rejects.toThrow(UsageError);
    expect(await readReport(path)).toEqual(exampleReport());
    const place = join(folder, "folder");
    await mkdir(place);
    await expect(writeReport(place, exampleReport())).rejects.toThrow(
      /could not be written.*--json$/,
    );
    expect((await readdir(folder)).sort()).toEqual(["folder", "report.json"]);
  });

  test("readers of a report that is being replaced never see a part of it", async () => {
    const path = join(folder, "report.json");
    const notes = Array.from({ length: 20_000 }, (_, i) => `note ${i}`);
    await writeReport(path, exampleReport({ notes }));
    let writing = true;
    const writer = (async () => {
      for (let i = 0; i < 10; i++) await writeReport(path, exampleReport({ notes }));
      writing = false;
    })();
    while (writing) expect(JSON.parse(await readFile(path, "utf8")).notes).toHaveLength(20_000);
    await writer;
  });

  test("messages lose the folders of this machine, the pattern stays as it was given", async () => {
    const path = join(folder, "report.json");
    const options = { quick: true, peers: false, cases: "/f64/8" };
    const reason = `Cannot find module '${join(folder, "kernel.wasm")}' in ${process.cwd()}`;
    const backends = [{ name: "mine", ran: false, reason }];
    await writeReport(path, exampleReport({ options, backends }));
    const report = await readReport(path);
    expect(report.options).toEqual(options);
    expect(report.backends[0]?.reason).toMatch(/^Cannot find module '….*kernel\.wasm' in …$/);
    expect(await readFile(path, "utf8")).not.toContain(tmpdir());
  });
});

test("pictures in a report stay as they are, though their letters look like a path", async () => {
  const path = join(folder, "report.json");
  const mistake = { png: "iVBOR+/w0KG/goAAA/AANSU=", label: "bag", guess: "shoe" };
  const entry = {
    backend: "js",
    id: "workload/fashion-mnist",
    label: "",
    status: "measured",
  } as const;
  const workload = [{ ...entry, training: { ...training, mistakes: [mistake] } }];
  await writeReport(path, exampleReport({ workload }));
  expect((await readReport(path)).workload).toEqual(workload);
});

describe("checkWritable", () => {
  test("makes the folder and leaves nothing in it", async () => {
    await checkWritable(join(folder, "a", "b", "report.json"));
    expect(await readdir(join(folder, "a", "b"))).toEqual([]);
  });

  test("leaves a report that is there alone", async () => {
    const path = join(folder, "report.json");
    await writeReport(path, exampleReport());
    await checkWritable(path);
    expect(await readReport(path)).toEqual(exampleReport());
  });

  test.each([
    ["a folder", "", /that is a folder/],
    ["the name of a folder", "new/", /that names a folder/],
    ["a file where a folder must be", "file/report.json", /EEXIST|ENOTDIR/],
    ["a name that is too long", "x".repeat(300), /ENAMETOOLONG/],
  ])("refuses %s with the remedy", async (_, name, reason) => {
    await writeFile(join(folder, "file"), "");
    const checking = checkWritable(name.endsWith("/") ? `${folder}/${name}` : join(folder, name));
    await expect(checking).rejects.toThrow(UsageError);
    await expect(checking).rejects.toThrow(reason);
    await expect(checking).rejects.toThrow(/cannot be written.*with --json$/);
    expect(await readdir(folder)).toEqual(["file"]);
  });

  test.runIf(process.platform === "linux")("refuses devices and places like /proc", async () => {
    await expect(checkWritable("/dev/null")).rejects.toThrow(/no ordinary file/);
    await expect(checkWritable("/proc/none/report.json")).rejects.toThrow(/mkdir '\/proc\/none'/);
    await expect(checkWritable("/proc/report.json")).rejects.toThrow(/cannot be written/);
  });
});

test("pictures lie beside the report, those of one backend", async () => {
  const png = (text: string): string => Buffer.from(text).toString("base64");
  const compression = {
    ...{ rows: 2, cols: 2, seconds: 1, png: png("all") },
    pictures: [{ rank: 1, error: 0.1, leastError: 0.1, share: 0.5, png: png("one") }],
  };
  const entry = { id: "workload/compression", label: "", status: "measured", compression } as const;
  const workload = ["wasm", "js"].map((backend) => ({ ...entry, backend }));
  const path = join(folder, "report.json");
  const names = await writePictures(path, { ...exampleReport(), workload });
  expect(names).toEqual([
    join(folder, "report-picture.png"),
    join(folder, "report-picture-rank-1.png"),
  ]);
  expect(await readFile(names[1]!, "utf8")).toBe("one");
  expect(await writePictures(path, { ...exampleReport(), workload: [] })).toEqual([]);
});
